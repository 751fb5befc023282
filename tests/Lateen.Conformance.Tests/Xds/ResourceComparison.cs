using System.Text.RegularExpressions;
using Lateen.Core.Yaml;

namespace Lateen.Conformance.Tests.Xds;

/// <summary>
/// Compares a recorded resource with a generated one by meaning: names of statistics and traces do not count, nor does
/// the order of what Envoy looks at as a set; a default may be written or left out.
/// </summary>
internal static partial class ResourceComparison
{
    private static readonly HashSet<string> Sets =
    [
        "virtualHosts", "domains", "filterChains", "lbEndpoints", "endpoints", "matchSubjectAltNames",
        "matchTypedSubjectAltNames", "permissions", "principals", "applicationProtocols", "serverNames",
        "prefixRanges", "sourcePrefixRanges", "queryParameters", "orRules", "andRules", "orIds", "andIds",
    ];

    private static readonly HashSet<string> SetParents = ["orRules", "andRules", "orIds", "andIds"];

    private static readonly HashSet<string> Harmless = ["statPrefix", "altStatName", "decorator"];

    /// <summary>Null when they mean the same; otherwise the first difference with its path.</summary>
    internal static string? Difference(YamlNode recorded, YamlNode generated)
    {
        return Compare(Normal(recorded, "", ""), Normal(generated, "", ""), "");
    }

    private static string? Compare(YamlNode want, YamlNode got, string path)
    {
        switch (want, got)
        {
            case (YamlMapping a, YamlMapping b):
                foreach (var (key, value) in a.Entries)
                {
                    var at = $"{path}.{key.Value}";
                    var difference = b.TryGet(key.Value, out var other)
                        ? Compare(value, other, at)
                        : IsDefault(value) ? null : $"{at}: missing, want {Short(value)}";
                    if (difference is not null)
                    {
                        return difference;
                    }
                }
                return b.Entries.Where(entry => !a.TryGet(entry.Key.Value, out _) && !IsDefault(entry.Value))
                    .Select(entry => $"{path}.{entry.Key.Value}: not wanted, got {Short(entry.Value)}")
                        .FirstOrDefault();
            case (YamlSequence a, YamlSequence b):
                return a.Items.Count != b.Items.Count ? $"{path}: {b.Items.Count} items, want {a.Items.Count}"
                    : a.Items.Zip(b.Items).Select((pair, i) => Compare(pair.First, pair.Second, $"{path}[{i}]"))
                        .FirstOrDefault(difference => difference is not null);
            case (YamlScalar a, YamlScalar b):
                return a.Value == b.Value ? null : $"{path}: got {b.Value}, want {a.Value}";
            default:
                return $"{path}: got {Short(got)}, want {Short(want)}";
        }
    }

    private static YamlNode Normal(YamlNode node, string key, string parent)
    {
        switch (node)
        {
            case YamlMapping map:
                return Flat(map) is var flat ? new YamlMapping([.. flat.Entries
                    .Where(entry => !Harmless.Contains(Camel(entry.Key.Value)))
                    .Select(entry => (Name: Camel(entry.Key.Value), entry.Value))
                    .OrderBy(entry => entry.Name, StringComparer.Ordinal)
                    .Select(entry => (entry.Name, Normal(entry.Value, entry.Name, key)))]) : map;
            case YamlSequence list:
                var items = list.Items.Select(item => Normal(item, key, parent));
                return new YamlSequence([.. Sets.Contains(key) || SetParents.Contains(parent)
                    ? items.OrderBy(item => JsonTreeWriter.Write(item), StringComparer.Ordinal) : items]);
            case YamlScalar { Kind: YamlScalarKind.Text } text when Duration().IsMatch(text.Value):
                return new YamlScalar(Fraction().Replace(text.Value, match =>
                    match.Groups[1].Value.TrimEnd('0').TrimEnd('.') + "s"));
            case YamlScalar { Kind: YamlScalarKind.RealNumber or YamlScalarKind.WholeNumber } number:
                return new YamlScalar(number.TryGetInteger(out var whole) ? whole.ToString() : number.Value);
            default:
                return node;
        }
    }

    /// <summary>A typed struct stands for the message that it names.</summary>
    private static YamlMapping Flat(YamlMapping map)
    {
        if (map["@type"]?.Text?.EndsWith(".TypedStruct", StringComparison.Ordinal) is not true)
        {
            return map;
        }
        var type = (map["typeUrl"] ?? map["type_url"])?.Text ?? "";
        var inner = (map["value"] as YamlMapping)?.Entries.Select(entry => (entry.Key.Value, entry.Value)) ?? [];
        return new YamlMapping([("@type", (YamlNode)new YamlScalar(type)), .. inner]);
    }

    private static bool IsDefault(YamlNode node)
    {
        return node switch
        {
            YamlSequence list => list.Items.Count == 0,
            YamlMapping map => map.Entries.All(entry => IsDefault(entry.Value)),
            YamlScalar { Kind: YamlScalarKind.Null } => true,
            YamlScalar scalar => scalar.Value is "" or "0" or "0s" or "false",
            _ => false,
        };
    }

    private static string Camel(string name)
    {
        return Snake().IsMatch(name)
            ? Joint().Replace(name, match => match.Groups[1].Value.ToUpperInvariant()) : name;
    }

    private static string Short(YamlNode node)
    {
        var text = JsonTreeWriter.Write(node);
        return text.Length <= 160 ? text : text[..157] + "...";
    }

    [GeneratedRegex(@"^-?\d+(\.\d+)?s$")]
    private static partial Regex Duration();

    [GeneratedRegex(@"(\.\d+)s$")]
    private static partial Regex Fraction();

    [GeneratedRegex("_([a-z0-9])")]
    private static partial Regex Joint();

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)+$")]
    private static partial Regex Snake();
}
