using System.Globalization;
using Google.Protobuf;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Proxy.Config;

namespace Lateen.Proxy.Admin;

/// <summary>JSON of the admin pages: fields by their declared names, 64-bit numbers as text.</summary>
internal static class AdminJson
{
    /// <summary>Indented by one space, as protobuf does it.</summary>
    public static string Write(YamlNode node) => JsonTreeWriter.Write(node, true, 1) + "\n";

    public static string WriteCompact(YamlNode node) => JsonTreeWriter.Write(node);

    public static YamlScalar Long(long value) => new(value.ToString(CultureInfo.InvariantCulture));

    public static YamlScalar Time(DateTimeOffset time) =>
        new(time.UtcDateTime.ToString(
            time.UtcDateTime.Millisecond == 0 ? "yyyy-MM-ddTHH:mm:ssZ" : "yyyy-MM-ddTHH:mm:ss.fffZ",
            CultureInfo.InvariantCulture));

    /// <summary>A message as a tree; loads reflection metadata, so only pages that were asked for call it.</summary>
    public static YamlNode Message(IMessage message) =>
        new MessageWriter(new MessageWriteOptions { DeclaredNames = true, FindType = EnvoyTypes.Find })
            .ToNode(message);

    /// <summary>A message with its type, as in an <c>Any</c>.</summary>
    public static YamlNode Any(string type, IMessage message)
    {
        var fields = ((YamlMapping)Message(message)).Entries;
        return new YamlMapping(
            [new(new YamlScalar("@type"), new YamlScalar($"type.googleapis.com/{type}")), .. fields]);
    }

    public static YamlNode Address(Addresses.Address address) => address.IsPipe
        ? new YamlMapping(("pipe", new YamlMapping(("path", new YamlScalar(address.Path!)))))
        : new YamlMapping(("socket_address", new YamlMapping(
            ("address", new YamlScalar(address.Ip.ToString())),
            ("port_value", YamlScalar.Of(address.Port)))));
}
