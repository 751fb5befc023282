using System.Globalization;
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
        var colon = arguments?.IndexOf(':') ?? -1;
        if (colon <= 0)
        {
            return null;
        }
        var rest = arguments![(colon + 1)..];
        switch (arguments[..colon])
        {
            case "DYNAMIC":
                return Build(rest, Dynamic, out error);
            case "CLUSTER":
                return Build(rest, OfCluster, out error);
            case "ROUTE":
                return Build(rest, OfRoute, out error);
            case "UPSTREAM_HOST":
                return Build(rest, OfHost, out error);
            case "LISTENER" or "VIRTUAL_HOST":
                return Build(rest, static (_, _, _) => null, out error);
            default:
                error = $"{arguments[..colon]} is not supported type of metadata";
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
            IsJson: true);
    }

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
                output.Write(number.ToString("R", CultureInfo.InvariantCulture));
                return true;
            case bool flag:
                output.Write(flag ? "true"u8 : "false"u8);
                return true;
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
        var field = parts.Length > 2 && parts[1] == "FIELD" ? parts[2] : null;
        if (parts.Length > 1 && parts[1] is not ("PLAIN" or "TYPED" or "FIELD"))
        {
            error = "Invalid filter state serialize type, only support PLAIN/TYPED/FIELD.";
            return null;
        }
        // Without a word about the form the object's own JSON is meant, which for text has quotes.
        var isTyped = parts.Length == 1 || parts[1] == "TYPED";
        return new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            var value = upstream ? info.UpstreamFilterState?.Get(parts[0]) : info.GetFilterState(parts[0]);
            if (field is not null)
            {
                value = value is Stats.WorkloadMetadata workload ? workload.GetField(field) : null;
            }
            if (isTyped && value is Streams.IFilterStateObject state)
            {
                output.Write(state.ToJson());
                return true;
            }
            if (isTyped && value is string text)
            {
                JsonText.WriteString(output, System.Text.Encoding.UTF8.GetBytes(text));
                return true;
            }
            return WriteValue(output, value is Stats.WorkloadMetadata whole ? whole.ToString() : value);
        }, IsJson: isTyped);
    }
}
