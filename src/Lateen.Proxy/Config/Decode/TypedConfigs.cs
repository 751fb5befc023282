using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Opens the <see cref="Any"/> of an extension without touching reflection.</summary>
internal static class TypedConfigs
{
    private const string Prefix = "type.googleapis.com/";
    private const string Vendor = "envoy.";
    private const string XdsTypedStruct = Prefix + "xds.type.v3.TypedStruct";
    private const string UdpaTypedStruct = Prefix + "udpa.type.v1.TypedStruct";

    /// <summary>A mapping may hold further extensions; unknown fields in it are errors.</summary>
    private static readonly Core.Protobuf.MessageReadOptions _options = new()
    {
        DurationMaps = true,
        DeclaredNames = true,
        FindType = EnvoyTypes.Find,
    };

    /// <summary>Extensions that configuration may not use; the process's, set before any configuration is
    /// read.</summary>
    public static IReadOnlyList<string> Disabled { get; set; } = [];

    /// <summary>
    /// Name of the message without the URL's prefix, and its bytes; a TypedStruct comes out as the message it names
    /// with the mapping in
    /// <paramref name="fields"/>.
    /// </summary>
    public static string Open(Any? any, out ByteString bytes, out Struct? fields)
    {
        bytes = any?.Value ?? ByteString.Empty;
        fields = null;
        if (any is null)
        {
            return "";
        }
        if (any.TypeUrl == XdsTypedStruct)
        {
            var typed = global::Xds.Type.V3.TypedStruct.Parser.ParseFrom(any.Value);
            fields = typed.Value ?? new Struct();
            return NameOf(typed.TypeUrl);
        }
        if (any.TypeUrl == UdpaTypedStruct)
        {
            var typed = global::Udpa.Type.V1.TypedStruct.Parser.ParseFrom(any.Value);
            fields = typed.Value ?? new Struct();
            return NameOf(typed.TypeUrl);
        }
        return NameOf(any.TypeUrl);
    }

    /// <summary>
    /// Reads a message out of an opened extension and checks it by the rules of the API; a mapping is turned into the
    /// message by its schema, which only hand-written configuration needs.
    /// </summary>
    public static T Read<T>(MessageParser<T> parser, ByteString bytes, Struct? fields)
        where T : class, IMessage<T>, new()
    {
        var message = ReadUnchecked(parser, bytes, fields);
        ResourceGuard.Check(typeof(T), fields is null ? bytes : message.ToByteString());
        return message;
    }

    /// <summary>The same without the rules of the API, which Envoy does not check everywhere.</summary>
    public static T ReadUnchecked<T>(MessageParser<T> parser, ByteString bytes, Struct? fields)
        where T : class, IMessage<T>, new()
    {
        if (fields is null)
        {
            return parser.ParseFrom(bytes);
        }
        var message = new T();
        var errors = new List<Core.ConfigError>();
        new Core.Protobuf.MessageReader(_options, errors)
            .Merge(message, Core.Protobuf.FreeForm.ToNode(fields), "");
        if (errors.Count > 0)
        {
            throw new ConfigException(errors[0].ToString());
        }
        return message;
    }

    public static void ReportUnknown(string name, Any? any, string path, DecodeContext context)
    {
        var type = Open(any, out _, out _);
        context.Error(path, "EXTENSION",
            $"Didn't find a registered implementation for '{name}' with type URL: '{type}'");
    }

    private static string NameOf(string url)
    {
        var slash = url.LastIndexOf('/');
        var name = slash < 0 ? url : url[(slash + 1)..];
        return Disabled.Count > 0 && IsDisabled(name) ? $"{name} (disabled)" : name;
    }

    /// <summary>Whether a message is the configuration of an extension that was switched off: of
    /// <c>envoy.filters.http.fault</c> it is <c>envoy.extensions.filters.http.fault.v3.HTTPFault</c>.</summary>
    private static bool IsDisabled(string message)
    {
        foreach (var entry in Disabled)
        {
            // CATEGORY/NAME or NAME.
            var extension = entry[(entry.LastIndexOf('/') + 1)..];
            if (extension.StartsWith(Vendor, StringComparison.Ordinal)
                && message.StartsWith($"{Vendor}extensions.{extension[Vendor.Length..]}.", StringComparison.Ordinal))
            {
                return true;
            }
        }
        return false;
    }
}
