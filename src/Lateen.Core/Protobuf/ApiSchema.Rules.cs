using System.Collections.Concurrent;
using System.Text;

namespace Lateen.Core.Protobuf;

/// <content>The rules for values that the definitions have beside the messages.</content>
public sealed partial class ApiSchema
{
    private static readonly ConcurrentDictionary<System.Type, MessageRules?> _rulesOfType = new();

    private readonly Dictionary<string, MessageRules?> _rules = new(StringComparer.Ordinal);

    private delegate T DescriptorReader<out T>(ReadOnlySpan<byte> descriptor);

    /// <summary>The rules for a message of a generated class; null if there are none.</summary>
    internal static MessageRules? RulesOf(System.Type type) => _rulesOfType.GetOrAdd(type, static t =>
        t.Assembly.GetManifestResourceInfo(Resource) is null ? null : Of(t.Assembly).FindGeneratedRules(t));

    /// <summary>The rules for the message of this full name; null if there is no such message.</summary>
    internal MessageRules? FindRules(string fullName)
    {
        lock (_lock)
        {
            if (!_rules.TryGetValue(fullName, out var rules))
            {
                rules = WithDescriptor(fullName, d => new MessageRules(this, fullName, d));
                _rules[fullName] = rules;
            }

            return rules;
        }
    }

    /// <summary>The name of a message's oneof.</summary>
    internal string OneofName(string fullName, int index)
    {
        lock (_lock)
        {
            return WithDescriptor(fullName, d =>
            {
                var reader = new WireReader(d);
                while (reader.TryReadTag(out var number, out var wireType))
                {
                    var content = reader.ReadValue(wireType);
                    if (number == 8 && index-- == 0)
                    {
                        return Encoding.UTF8.GetString(NameOf(content));
                    }
                }

                return "";
            }) ?? "";
        }
    }

    private MessageRules? FindGeneratedRules(System.Type type)
    {
        var name = type.FullName![(type.Namespace!.Length + 1)..].Replace("+Types+", ".", StringComparison.Ordinal);
        foreach (var (package, files) in _byPackage)
        {
            if (files.Exists(f => f.Namespace == type.Namespace)
                && FindRules(package.Length == 0 ? name : $"{package}.{name}") is { } rules)
            {
                return rules;
            }
        }

        return null;
    }

    private T? WithDescriptor<T>(string fullName, DescriptorReader<T> read)
        where T : class
    {
        foreach (var file in Locate(fullName, out var name) ?? [])
        {
            if (Descend(Read(file), name, isEnum: false) is { IsEmpty: false } descriptor)
            {
                return read(descriptor);
            }
        }

        return null;
    }
}
