using System.Text;
using Lateen.Proxy.Exports;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;
using Opentelemetry.Proto.Common.V1;

namespace Lateen.Proxy.AccessLog.Otlp;

/// <summary>An OTLP value whose texts are formats. Source: <c>opentelemetry.proto.common.v1.AnyValue</c>.</summary>
internal sealed class OtlpTemplate
{
    private readonly FormatString? _text;
    private readonly byte[]? _fixed;
    private readonly OtlpTemplate[]? _items;
    private readonly (byte[] Key, OtlpTemplate Value)[]? _fields;

    private OtlpTemplate(
        FormatString? text, byte[]? fixedValue, OtlpTemplate[]? items, (byte[], OtlpTemplate)[]? fields)
    {
        _text = text;
        _fixed = fixedValue;
        _items = items;
        _fields = fields;
    }

    /// <summary>Null with the reason when a format is refused.</summary>
    public static OtlpTemplate? TryParse(AnyValue value, out string error)
    {
        error = "";
        switch (value.ValueCase)
        {
            case AnyValue.ValueOneofCase.StringValue:
                return FormatString.TryParse(value.StringValue, out var format, out error)
                    ? new OtlpTemplate(format, null, null, null)
                    : null;
            case AnyValue.ValueOneofCase.ArrayValue:
                var items = new List<OtlpTemplate>();
                foreach (var item in value.ArrayValue.Values)
                {
                    if (TryParse(item, out error) is not { } parsed)
                    {
                        return null;
                    }
                    items.Add(parsed);
                }
                return new OtlpTemplate(null, null, [.. items], null);
            case AnyValue.ValueOneofCase.KvlistValue:
                return TryParse(value.KvlistValue, out error) is { } fields
                    ? new OtlpTemplate(null, null, null, fields)
                    : null;
            case AnyValue.ValueOneofCase.None:
                return new OtlpTemplate(null, Google.Protobuf.MessageExtensions.ToByteArray(value), null, null);
            default:
                error = "Only string values, nested key value lists and array values are supported in OpenTelemetry "
                    + "access log format.";
                return null;
        }
    }

    public static (byte[] Key, OtlpTemplate Value)[]? TryParse(KeyValueList list, out string error)
    {
        error = "";
        var fields = new List<(byte[], OtlpTemplate)>();
        foreach (var pair in list.Values)
        {
            if (TryParse(pair.Value ?? new AnyValue(), out error) is not { } parsed)
            {
                return null;
            }
            fields.Add((Encoding.UTF8.GetBytes(pair.Key), parsed));
        }
        return [.. fields];
    }

    /// <summary>Writes the fields of an <c>AnyValue</c>; a missing value is <c>-</c>.</summary>
    public void Write(ByteBuffer output, StreamInfo info, in FormatContext context)
    {
        if (_text is not null)
        {
            var text = output.Open(1);
            _text.Write(output, info, context, "-"u8);
            output.Close(text);
        }
        else if (_fixed is not null)
        {
            output.Write(_fixed);
        }
        else if (_items is not null)
        {
            var list = output.Open(5);
            foreach (var item in _items)
            {
                var value = output.Open(1);
                item.Write(output, info, context);
                output.Close(value);
            }

            output.Close(list);
        }
        else
        {
            var map = output.Open(6);
            Write(output, 1, _fields!, info, context);
            output.Close(map);
        }
    }

    /// <summary>Writes pairs as repeated <c>KeyValue</c>.</summary>
    public static void Write(
        ByteBuffer output, int field, (byte[] Key, OtlpTemplate Value)[] pairs, StreamInfo info,
        in FormatContext context)
    {
        foreach (var (key, template) in pairs)
        {
            var pair = output.Open(field);
            output.WriteBytes(1, key);
            var value = output.Open(2);
            template.Write(output, info, context);
            output.Close(value);
            output.Close(pair);
        }
    }

    /// <summary>Writes one pair whose value is text.</summary>
    public static void WritePair(ByteBuffer output, int field, ReadOnlySpan<byte> key, ReadOnlySpan<byte> text)
    {
        var pair = output.Open(field);
        output.WriteBytes(1, key);
        var value = output.Open(2);
        output.WriteBytesAlways(1, text);
        output.Close(value);
        output.Close(pair);
    }
}
