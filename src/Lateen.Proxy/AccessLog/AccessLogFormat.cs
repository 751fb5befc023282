using System.Text;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Config;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.AccessLog;

/// <summary>A text or JSON format of whole entries. Source: <c>core.v3.SubstitutionFormatString</c>.</summary>
internal sealed class AccessLogFormat
{
    /// <summary>Envoy's own format.</summary>
    public const string DefaultText =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" "
        + "%RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
        + "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "
        + "\"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" "
        + "\"%UPSTREAM_HOST%\"\n";

    private readonly FormatString? _text;
    private readonly JsonNode? _json;
    private readonly bool _omitEmpty;

    private AccessLogFormat(FormatString? text, JsonNode? json, bool omitEmpty)
    {
        _text = text;
        _json = json;
        _omitEmpty = omitEmpty;
    }

    public bool IsJson => _json is not null;

    public static bool TryParseText(string text, bool omitEmpty, out AccessLogFormat? format, out string error)
    {
        format = FormatString.TryParse(text, out var parsed, out error) ? new AccessLogFormat(parsed, null, omitEmpty)
            : null;
        return format is not null;
    }

    public static bool TryParseJson(Struct fields, bool omitEmpty, out AccessLogFormat? format, out string error)
    {
        format = TryBuild(Value.ForStruct(fields), out var node, out error) ? new AccessLogFormat(null, node, omitEmpty)
            : null;
        return format is not null;
    }

    /// <summary>Writes an entry; JSON ends with a line feed.</summary>
    public void Write(ByteBuffer output, StreamInfo info, in FormatContext context)
    {
        if (_text is not null)
        {
            _text.Write(output, info, context, _omitEmpty ? default : "-"u8);
            return;
        }
        WriteNode(output, _json!, info, context);
        output.Write((byte)'\n');
    }

    private static bool TryBuild(Value value, out JsonNode node, out string error)
    {
        error = "";
        node = new JsonNode();
        switch (value.KindCase)
        {
            case Value.KindOneofCase.StringValue:
                if (!FormatString.TryParse(value.StringValue, out var format, out error))
                {
                    return false;
                }
                node = new JsonNode { Format = format };
                return true;
            case Value.KindOneofCase.StructValue:
                var fields = new List<(byte[], JsonNode)>();
                foreach (var (key, field) in value.StructValue.Fields.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    if (!TryBuild(field, out var child, out error))
                    {
                        return false;
                    }
                    var name = new ByteBuffer();
                    JsonText.WriteString(name, Encoding.UTF8.GetBytes(key));
                    fields.Add((name.ToArray(), child));
                }
                node = new JsonNode { Fields = [.. fields] };
                return true;
            case Value.KindOneofCase.ListValue:
                var items = new List<JsonNode>();
                foreach (var item in value.ListValue.Values)
                {
                    if (!TryBuild(item, out var child, out error))
                    {
                        return false;
                    }
                    items.Add(child);
                }
                node = new JsonNode { Items = [.. items] };
                return true;
            default:
                var literal = new ByteBuffer();
                JsonText.Write(literal, value);
                node = new JsonNode { Literal = literal.ToArray() };
                return true;
        }
    }

    /// <summary>False when there was no value, so that nothing but <c>null</c> was written.</summary>
    private bool WriteNode(ByteBuffer output, JsonNode node, StreamInfo info, in FormatContext context)
    {
        if (node.Literal is not null)
        {
            output.Write(node.Literal);
            return true;
        }
        if (node.Fields is not null)
        {
            return WriteFields(output, node.Fields, info, context);
        }
        if (node.Items is not null)
        {
            WriteItems(output, node.Items, info, context);
            return true;
        }
        return WriteFormat(output, node.Format!, info, context);
    }

    /// <summary>Items without a value are left out where empty values are.</summary>
    private void WriteItems(ByteBuffer output, JsonNode[] items, StreamInfo info, in FormatContext context)
    {
        output.Write((byte)'[');
        var first = output.Length;
        foreach (var item in items)
        {
            var start = output.Length;
            if (start > first)
            {
                output.Write((byte)',');
            }
            if (!WriteNode(output, item, info, context) && _omitEmpty)
            {
                output.Truncate(start);
            }
        }
        output.Write((byte)']');
    }

    private bool WriteFields(
        ByteBuffer output, (byte[] Name, JsonNode Node)[] fields, StreamInfo info, in FormatContext context)
    {
        output.Write((byte)'{');
        var any = false;
        foreach (var (name, child) in fields)
        {
            var start = output.Length;
            if (any)
            {
                output.Write((byte)',');
            }
            output.Write(name);
            output.Write((byte)':');
            if (!WriteNode(output, child, info, context) && _omitEmpty)
            {
                output.Truncate(start);
            }
            else
            {
                any = true;
            }
        }
        output.Write((byte)'}');
        return any || !_omitEmpty;
    }

    private bool WriteFormat(ByteBuffer output, FormatString format, StreamInfo info, in FormatContext context)
    {
        if (format.SingleOperator is { } single)
        {
            if (single.TryWriteJson(output, info, context))
            {
                return true;
            }
            output.Write("null"u8);
            return false;
        }
        var scratch = Routing.Scratch.Matched;
        format.Write(scratch, info, context, _omitEmpty ? default : "-"u8);
        JsonText.WriteString(output, scratch.Written);
        return true;
    }

    private sealed class JsonNode
    {
        public FormatString? Format { get; init; }

        public byte[]? Literal { get; init; }

        public (byte[] Name, JsonNode Node)[]? Fields { get; init; }

        public JsonNode[]? Items { get; init; }
    }
}
