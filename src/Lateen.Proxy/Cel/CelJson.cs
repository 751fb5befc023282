using System.Globalization;
using Lateen.Proxy.Config;
using Lateen.Proxy.Formatting;

namespace Lateen.Proxy.Cel;

/// <summary>Writes values of expressions as JSON, as protobuf's <c>Value</c> would hold them.</summary>
internal static class CelJson
{
    /// <summary>Lists and mappings inside each other; deeper ones have no value.</summary>
    private const int DepthMax = 32;

    /// <summary>False when the value, or one inside it, has no form in JSON.</summary>
    public static bool TryWrite(
        ByteBuffer output, CelEvaluation at, in CelValue value, int lengthMax = -1, int depth = 0)
    {
        switch (value.Kind)
        {
            case CelKind.Null:
                output.Write("null"u8);
                return true;
            case CelKind.Bool:
                output.Write(value.IsTrue ? "true"u8 : "false"u8);
                return true;
            case CelKind.Int or CelKind.Uint or CelKind.Double:
                output.Write(TextOf(value.Number));
                return double.IsFinite(value.Number);
            case CelKind.Text:
                var text = at.TextOf(value);
                JsonText.WriteString(output, lengthMax >= 0 && lengthMax < text.Length ? text[..lengthMax] : text);
                return true;
            case CelKind.Bytes:
                output.Write((byte)'"');
                output.Write(Convert.ToBase64String(at.TextOf(value)));
                output.Write((byte)'"');
                return true;
            case CelKind.Timestamp:
                output.Write((byte)'"');
                CelTime.WriteTimestamp(output, value);
                output.Write((byte)'"');
                return true;
            case CelKind.Duration:
                output.Write((byte)'"');
                CelTime.WriteJsonDuration(output, value.Bits);
                output.Write((byte)'"');
                return true;
            case CelKind.List:
                return depth < DepthMax && TryWriteList(output, at, (CelValue[])value.Reference!, depth);
            case CelKind.Map:
                return depth < DepthMax && TryWriteMap(output, at, (CelMap)value.Reference!, depth);
            default:
                return false;
        }
    }

    /// <summary>As numbers are written that went through a double: integers whole, others the shortest.</summary>
    private static string TextOf(double number) =>
        Math.Abs(number) < 1e21 && number == Math.Truncate(number)
            ? number.ToString("F0", CultureInfo.InvariantCulture)
            : NumberText.Of(number);

    private static bool TryWriteList(ByteBuffer output, CelEvaluation at, CelValue[] items, int depth)
    {
        output.Write((byte)'[');
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0)
            {
                output.Write((byte)',');
            }
            if (!TryWrite(output, at, items[i], -1, depth + 1))
            {
                return false;
            }
        }
        output.Write((byte)']');
        return true;
    }

    private static bool TryWriteMap(ByteBuffer output, CelEvaluation at, CelMap map, int depth)
    {
        if (map.Keys(at) is not { } keys || Array.Exists(keys, static key => key.Kind != CelKind.Text))
        {
            return false;
        }
        var sorted = keys.OrderBy(key => System.Text.Encoding.UTF8.GetString(at.TextOf(key)), StringComparer.Ordinal);
        output.Write((byte)'{');
        var isFirst = true;
        foreach (var key in sorted)
        {
            if (!isFirst)
            {
                output.Write((byte)',');
            }
            isFirst = false;
            JsonText.WriteString(output, at.TextOf(key));
            output.Write((byte)':');
            if (!TryWrite(output, at, map.Get(at, key), -1, depth + 1))
            {
                return false;
            }
        }
        output.Write((byte)'}');
        return true;
    }
}
