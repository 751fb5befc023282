using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text;
using Envoy.Config.Bootstrap.V3;
using Google.Protobuf.Reflection;

namespace Lateen.Proxy.Config;

/// <summary>
/// Envoy's messages by name, for reading hand-written configuration and for writing it as JSON. A message's metadata
/// is loaded when its name is first asked for; all of Envoy's would cost seconds and a hundred megabytes.
/// </summary>
internal static class EnvoyTypes
{
    private const BindingFlags Everywhere = BindingFlags.Public | BindingFlags.Static;

    /// <summary>Packages whose C# namespace does not follow from their name.</summary>
    private static readonly Dictionary<string, string> _namespaces = new(StringComparer.Ordinal)
    {
        ["stats"] = "Istio.Stats",
    };

    /// <summary>The message with this full name; null if the API has none.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The API's assembly is never trimmed.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "The API's assembly is never trimmed.")]
    public static MessageDescriptor? Find(string name)
    {
        var dot = name.LastIndexOf('.');
        if (dot < 0)
        {
            return null;
        }
        var space = _namespaces.GetValueOrDefault(name[..dot]) ?? NamespaceOf(name[..dot]);
        var type = typeof(Bootstrap).Assembly.GetType($"{space}.{name[(dot + 1)..]}");
        return type?.GetProperty("Descriptor", Everywhere)?.GetValue(null) as MessageDescriptor;
    }

    /// <summary>As protoc names it: a capital begins each part and follows each digit and underscore.</summary>
    private static string NamespaceOf(string package)
    {
        var name = new StringBuilder(package.Length);
        var capital = true;
        foreach (var c in package)
        {
            if (c != '_')
            {
                name.Append(capital ? char.ToUpperInvariant(c) : c);
            }
            capital = c == '_' || !char.IsAsciiLetter(c);
        }
        return name.ToString();
    }
}
