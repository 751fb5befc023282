using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Lateen.Cli.ProxyConfig;

/// <summary>The descriptors of Envoy's messages by full name. Loads all of them: for commands only.</summary>
internal static class EnvoyMessages
{
    private static readonly Lazy<Dictionary<string, MessageDescriptor>> _byName = new(Load);

    internal static MessageDescriptor? Find(string name) => _byName.Value.GetValueOrDefault(name);

    [UnconditionalSuppressMessage(
        "Trimming", "IL2026",
            Justification = "The executable is published untrimmed; a lost type prints declared names.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "As above.")]
    private static Dictionary<string, MessageDescriptor> Load()
    {
        var messages = new Dictionary<string, MessageDescriptor>(StringComparer.Ordinal);
        foreach (var type in typeof(global::Envoy.Admin.V3.ClustersConfigDump).Assembly.GetExportedTypes())
        {
            if (typeof(IMessage).IsAssignableFrom(type)
                && type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null)
                    is MessageDescriptor descriptor)
            {
                messages[descriptor.FullName] = descriptor;
            }
        }

        return messages;
    }
}
