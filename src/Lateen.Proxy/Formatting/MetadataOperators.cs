using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Config;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary>Dynamic metadata, metadata of resources, and filter state.</summary>
internal static class MetadataOperators
{
    public static void AddTo(Action<string, OperatorBuilder> add)
    {
        add("DYNAMIC_METADATA", (string? a, out string e) => Build(a, Dynamic, out e));
        add("CLUSTER_METADATA", (string? a, out string e) => Build(a, OfCluster, out e));
        add("UPSTREAM_METADATA", (string? a, out string e) => Build(a, OfHost, out e));
        add("METADATA", Typed);
        add("FILTER_STATE", (string? a, out string e) => State(a, false, out e));
        add("UPSTREAM_FILTER_STATE", (string? a, out string e) => State(a, true, out e));
        add("PER_REQUEST_STATE", (string? a, out string e) => State(a, false, out e));
    }

    internal static object? Dynamic(StreamInfo info, string filter, string[] path) =>
        path.Length == 0 ? Whole(info.Metadata, filter) : info.Metadata?.GetPath(filter, path);

    /// <summary>All of a namespace as one mapping; null when there is nothing.</summary>
    private static Value? Whole(DynamicMetadata? metadata, string filter)
    {
        if (metadata?.HasNamespace(filter) != true)
        {
            return null;
        }
        var fields = new Struct();
        foreach (var (key, value) in metadata.GetAll(filter))
        {
            fields.Fields[key] = value switch
            {
                Value nested => nested,
                double number => Value.ForNumber(number),
                bool flag => Value.ForBool(flag),
                byte[] bytes => Value.ForString(System.Text.Encoding.UTF8.GetString(bytes)),
                _ => Value.ForString(value.ToString() ?? ""),
            };
        }
        return Value.ForStruct(fields);
    }

    internal static object? OfCluster(StreamInfo info, string filter, string[] path) =>
        Read(info.UpstreamCluster?.Config.Metadata, filter, path);

    internal static object? OfHost(StreamInfo info, string filter, string[] path) =>
        Read(info.UpstreamHost?.Attributes.Metadata, filter, path);

    internal static object? OfRoute(StreamInfo info, string filter, string[] path) =>
        Read(info.Route?.Metadata, filter, path);

    private static object? OfListener(StreamInfo info, string filter, string[] path) =>
        Read(info.Connection.Listener?.Metadata, filter, path);

    private static object? OfVirtualHost(StreamInfo info, string filter, string[] path) =>
        Read(info.VirtualHost?.Metadata, filter, path);

    private static object? OfFilterChain(StreamInfo info, string filter, string[] path) =>
        Read(info.Connection.FilterChain?.Metadata, filter, path);

    private static object? Read(IReadOnlyDictionary<string, Struct>? metadata, string filter, string[] path)
    {
        if (metadata is null || !metadata.TryGetValue(filter, out var fields))
        {
            return null;
        }
        return path.Length == 0 ? Value.ForStruct(fields) : MetadataValues.Get(fields, path);
    }

    private static FormatOperator? Typed(string? arguments, out string error)
    {
        error = "";
        if (arguments is null)
        {
            return null;
        }
        var colon = arguments.IndexOf(':');
        var rest = colon < 0 || colon + 1 == arguments.Length ? ":" : arguments[(colon + 1)..];
        var kind = colon < 0 ? arguments : arguments[..colon];
        switch (kind)
        {
            case "DYNAMIC":
                return Build(rest, Dynamic, out error);
            case "CLUSTER":
                return Build(rest, OfCluster, out error);
            case "ROUTE":
                return Build(rest, OfRoute, out error);
            case "UPSTREAM_HOST":
                return Build(rest, OfHost, out error);
            case "LISTENER":
                return Build(rest, OfListener, out error);
            case "VIRTUAL_HOST":
                return Build(rest, OfVirtualHost, out error);
            case "LISTENER_FILTER_CHAIN":
                return Build(rest, OfFilterChain, out error);
            default:
                error = $"{kind} is not supported type of metadata";
                return null;
        }
    }

    private static FormatOperator? Build(
        string? arguments, Func<StreamInfo, string, string[], object?> read, out string error)
    {
        error = "";
        if (string.IsNullOrEmpty(arguments))
        {
            return null;
        }
        // The list form ["ns", "key"] is of old and still taken.
        var parts = arguments[0] == '[' && arguments[^1] == ']'
            ? [.. arguments[1..^1].Split(',').Select(part => part.Trim().Trim('"'))]
            : arguments.Split(':');
        var path = parts[1..];
        return new FormatOperator(
            (ByteBuffer output, StreamInfo info, in FormatContext _) => WriteValue(output, read(info, parts[0], path)),
            WriteJson: (ByteBuffer output, StreamInfo info, in FormatContext _, int lengthMax) =>
                WriteJsonValue(output, read(info, parts[0], path), lengthMax));
    }

    /// <summary>As JSON of its own type; a text is cut to <paramref name="lengthMax"/> bytes unless that is
    /// negative.</summary>
    private static bool WriteJsonValue(ByteBuffer output, object? value, int lengthMax)
    {
        switch (MetadataValues.Unwrap(value))
        {
            case string text:
                WriteText(output, System.Text.Encoding.UTF8.GetBytes(text), lengthMax);
                return true;
            case byte[] bytes:
                WriteText(output, bytes, lengthMax);
                return true;
            case var other:
                return WriteValue(output, other);
        }
    }

    private static void WriteText(ByteBuffer output, ReadOnlySpan<byte> text, int lengthMax) =>
        JsonText.WriteString(output, lengthMax >= 0 && lengthMax < text.Length ? text[..lengthMax] : text);

    internal static bool WriteValue(ByteBuffer output, object? value)
    {
        switch (MetadataValues.Unwrap(value))
        {
            case string text:
                output.Write(text);
                return true;
            case byte[] bytes:
                output.Write(bytes);
                return true;
            case double number:
                NumberText.Write(output, number);
                return true;
            case bool flag:
                output.Write(flag ? "true"u8 : "false"u8);
                return true;
            case Value { KindCase: Value.KindOneofCase.NullValue }:
                return false;
            case Value nested:
                JsonText.Write(output, nested);
                return true;
            default:
                return false;
        }
    }

    private static FormatOperator? State(string? arguments, bool upstream, out string error)
    {
        error = "";
        if (string.IsNullOrEmpty(arguments))
        {
            return null;
        }
        var parts = arguments.Split(':');
        if (parts[0].Length == 0)
        {
            error = "Invalid filter state configuration, key cannot be empty.";
            return null;
        }
        var field = parts.Length > 2 && parts[1] == "FIELD" ? parts[2] : null;
        if (parts.Length > 1 && parts[1] == "FIELD" && string.IsNullOrEmpty(field))
        {
            error = "Invalid filter state serialize type, FIELD should be used with the field name.";
            return null;
        }
        if (parts.Length > 1 && parts[1] is not ("PLAIN" or "TYPED" or "FIELD"))
        {
            error = "Invalid filter state serialize type, only support PLAIN/TYPED/FIELD.";
            return null;
        }
        // Without a word about the form the object's own JSON is meant, which for text has quotes.
        var isTyped = parts.Length == 1 || parts[1] == "TYPED";
        object? Get(StreamInfo info)
        {
            // Lists of application protocols have no text of their own.
            var value = parts[0] == "envoy.network.application_protocols" ? null
                : upstream ? info.UpstreamFilterState?.Get(parts[0]) : info.GetFilterState(parts[0]);
            return field is null ? value : value switch
            {
                Stats.WorkloadMetadata workload => workload.GetField(field),
                Streams.IFilterStateObject state => state.GetField(field),
                _ => null,
            };
        }

        return new FormatOperator(
            (ByteBuffer output, StreamInfo info, in FormatContext _) => WriteState(output, Get(info), isTyped),
            WriteJson: !isTyped ? null : (ByteBuffer output, StreamInfo info, in FormatContext _, int _) =>
                WriteState(output, Get(info), true));
    }

    /// <summary>An object's own JSON, or its plain text.</summary>
    private static bool WriteState(ByteBuffer output, object? value, bool isTyped)
    {
        if (isTyped && value is Streams.IFilterStateObject state)
        {
            var json = state.ToJson();
            output.Write(json);
            return json is not null;
        }
        if (isTyped && value is string text)
        {
            JsonText.WriteString(output, System.Text.Encoding.UTF8.GetBytes(text));
            return true;
        }
        return WriteValue(output, value switch
        {
            Stats.WorkloadMetadata whole => whole.ToString(),
            Streams.IFilterStateObject { } other when other.ToText() is { } plain => plain,
            _ => value,
        });
    }
}
