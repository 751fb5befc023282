using Lateen.Core.Yaml;

namespace Lateen.Agent.Bootstrap;

/// <summary>Short ways to build the trees that become JSON.</summary>
internal static class Tree
{
    public const string TypeUrl = "type.googleapis.com/";

    /// <summary>A map of the entries that have a value.</summary>
    public static YamlMapping Map(params ReadOnlySpan<(string Key, YamlNode? Value)> entries)
    {
        var present = new List<KeyValuePair<YamlScalar, YamlNode>>(entries.Length);
        foreach (var (key, value) in entries)
        {
            if (value is not null)
            {
                present.Add(new(new YamlScalar(key), value));
            }
        }
        return new YamlMapping(present);
    }

    public static YamlMapping Map(IEnumerable<KeyValuePair<string, YamlNode>> entries) =>
        new([.. entries.Select(entry =>
            new KeyValuePair<YamlScalar, YamlNode>(new YamlScalar(entry.Key), entry.Value))]);

    public static YamlSequence List(params IEnumerable<YamlNode> items) => new([.. items]);

    public static YamlSequence Texts(IEnumerable<string> items) => new([.. items.Select(Text)]);

    public static YamlNode Text(string value) => new YamlScalar(value);

    public static YamlNode? TextOrNone(string value) => value.Length == 0 ? null : new YamlScalar(value);

    public static YamlNode Number(long value) => YamlScalar.Of(value);

    public static YamlNode Flag(bool value) => YamlScalar.Of(value);

    /// <summary>A message within an <c>Any</c>.</summary>
    public static YamlMapping Any(string type, params ReadOnlySpan<(string Key, YamlNode? Value)> entries)
    {
        (string, YamlNode?)[] all = [("@type", Text(TypeUrl + type)), .. entries];
        return Map(all);
    }

    /// <summary>An extension: its name and its typed configuration.</summary>
    public static YamlMapping Extension(
        string name, string type, params ReadOnlySpan<(string Key, YamlNode? Value)> entries) =>
        Map(("name", Text(name)), ("typed_config", Any(type, entries)));

    public static YamlMapping SocketAddress(string address, int port, bool withProtocol = false) => Map(
        ("socket_address", Map(
            ("protocol", withProtocol ? Text("TCP") : null),
            ("address", Text(address)),
            ("port_value", Number(port)))));

    /// <summary>Maps are merged key by key, everything else is replaced by what lies over it.</summary>
    public static YamlNode Overlay(YamlNode below, YamlNode above)
    {
        if (below is not YamlMapping lower || above is not YamlMapping upper)
        {
            return above;
        }
        var merged = new List<KeyValuePair<YamlScalar, YamlNode>>();
        foreach (var (key, value) in lower.Entries)
        {
            merged.Add(new(key, upper.TryGet(key.Value, out var over) ? Overlay(value, over) : value));
        }
        foreach (var entry in upper.Entries)
        {
            if (!lower.TryGet(entry.Key.Value, out _))
            {
                merged.Add(entry);
            }
        }
        return new YamlMapping(merged);
    }
}
