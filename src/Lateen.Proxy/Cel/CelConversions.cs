using System.Buffers.Text;
using System.Text.Unicode;
using Lateen.Proxy.Formatting;

namespace Lateen.Proxy.Cel;

/// <summary>Conversions between types; what does not fit is an error.</summary>
internal static class CelConversions
{
    private const double TwoTo63 = 9223372036854775808d;
    private const double TwoTo64 = 18446744073709551616d;

    public static CelValue ToInt(CelEvaluation at, CelValue value, CelValue _)
    {
        switch (value.Kind)
        {
            case CelKind.Int:
                return value;
            case CelKind.Timestamp:
                return CelValue.Of(value.Bits);
            case CelKind.Uint when value.Bits >= 0:
                return CelValue.Of(value.Bits);
            case CelKind.Double when value.Number is > -TwoTo63 and < TwoTo63:
                return CelValue.Of((long)value.Number);
            case CelKind.Text when Utf8Parser.TryParse(at.TextOf(value), out long number, out var used)
                && used == value.Length:
                return CelValue.Of(number);
            default:
                return CelValue.Error;
        }
    }

    public static CelValue ToUint(CelEvaluation at, CelValue value, CelValue _)
    {
        switch (value.Kind)
        {
            case CelKind.Uint:
                return value;
            case CelKind.Int when value.Bits >= 0:
                return CelValue.OfUnsigned((ulong)value.Bits);
            case CelKind.Double when value.Number is > -1 and < TwoTo64:
                return CelValue.OfUnsigned((ulong)value.Number);
            case CelKind.Text when Utf8Parser.TryParse(at.TextOf(value), out ulong number, out var used)
                && used == value.Length:
                return CelValue.OfUnsigned(number);
            default:
                return CelValue.Error;
        }
    }

    public static CelValue ToDouble(CelEvaluation at, CelValue value, CelValue _)
    {
        if (value.IsNumber)
        {
            return CelValue.Of(value.Number);
        }

        return value.Kind == CelKind.Text && Utf8Parser.TryParse(at.TextOf(value), out double number, out var used)
            && used == value.Length ? CelValue.Of(number) : CelValue.Error;
    }

    public static CelValue ToBool(CelEvaluation at, CelValue value, CelValue _)
    {
        if (value.Kind == CelKind.Bool)
        {
            return value;
        }

        return value.Kind != CelKind.Text ? CelValue.Error : CelTime.TextOf(at, value) switch
        {
            "1" or "t" or "T" or "true" or "TRUE" or "True" => CelValue.Of(true),
            "0" or "f" or "F" or "false" or "FALSE" or "False" => CelValue.Of(false),
            _ => CelValue.Error,
        };
    }

    public static CelValue ToText(CelEvaluation at, CelValue value, CelValue _)
    {
        var start = at.Buffer.Length;
        switch (value.Kind)
        {
            case CelKind.Text:
                return value;
            case CelKind.Bytes:
                return Utf8.IsValid(at.TextOf(value)) ? value.As(CelKind.Text) : CelValue.Error;
            case CelKind.Int:
                at.Buffer.Write(value.Bits);
                break;
            case CelKind.Uint:
                at.Buffer.Write(((ulong)value.Bits).ToString(System.Globalization.CultureInfo.InvariantCulture));
                break;
            case CelKind.Bool:
                at.Buffer.Write(value.IsTrue ? "true"u8 : "false"u8);
                break;
            case CelKind.Double:
                at.Buffer.Write(NumberText.Of(value.Number));
                break;
            case CelKind.Timestamp:
                CelTime.WriteTimestamp(at.Buffer, value);
                break;
            case CelKind.Duration:
                CelTime.WriteDuration(at.Buffer, value);
                break;
            default:
                return CelValue.Error;
        }

        return CelValue.OfBuffer(start, at.Buffer.Length - start);
    }
}
