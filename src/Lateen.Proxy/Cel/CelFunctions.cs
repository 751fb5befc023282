using System.Buffers.Text;
using Lateen.Proxy.Regex;

namespace Lateen.Proxy.Cel;

/// <summary>Functions and methods by name and number of arguments, the target of a method counting as the
/// first.</summary>
internal static class CelFunctions
{
    private static readonly Dictionary<(string, int), CelFunction> Known = new()
    {
        [("startsWith", 2)] = static (at, a, b) => Texts(a, b)
            ? CelValue.Of(at.TextOf(a).StartsWith(at.TextOf(b))) : CelValue.Error,
        [("endsWith", 2)] = static (at, a, b) => Texts(a, b)
            ? CelValue.Of(at.TextOf(a).EndsWith(at.TextOf(b))) : CelValue.Error,
        [("contains", 2)] = static (at, a, b) => Texts(a, b)
            ? CelValue.Of(at.TextOf(a).IndexOf(at.TextOf(b)) >= 0) : CelValue.Error,
        [("size", 1)] = Size,
        [("int", 1)] = ToInt,
        [("uint", 1)] = static (at, a, b) => ToInt(at, a, b) is { Kind: CelKind.Int, Bits: >= 0 } value
            ? CelValue.OfUnsigned((ulong)value.Bits) : CelValue.Error,
        [("double", 1)] = static (at, a, _) => a.IsNumber ? CelValue.Of(a.Number)
            : a.Kind == CelKind.Text && Utf8Parser.TryParse(at.TextOf(a), out double number, out var used)
                && used == a.Length ? CelValue.Of(number) : CelValue.Error,
        [("string", 1)] = ToText,
        [("bytes", 1)] = static (_, a, _) => a.Kind == CelKind.Text ? a : CelValue.Error,
        [("bool", 1)] = static (at, a, _) => a.Kind == CelKind.Bool ? a
            : a.Kind == CelKind.Text ? CelValue.Of(at.TextOf(a).SequenceEqual("true"u8)) : CelValue.Error,
        [("lowerAscii", 1)] = static (at, a, _) => ChangeCase(at, a, lower: true),
        [("upperAscii", 1)] = static (at, a, _) => ChangeCase(at, a, lower: false),
    };

    public static CelFunction? Find(string name, int count) => Known.GetValueOrDefault((name, count));

    /// <summary>The method <c>matches</c> with a constant expression, compiled once.</summary>
    public static CelFunction Matches(CompiledRegex regex) =>
        (at, text, _) => text.Kind == CelKind.Text ? CelValue.Of(regex.IsMatch(at.TextOf(text))) : CelValue.Error;

    private static bool Texts(in CelValue a, in CelValue b) => a.Kind == CelKind.Text && b.Kind == CelKind.Text;

    private static CelValue Size(CelEvaluation at, CelValue value, CelValue _) => value.Kind switch
    {
        CelKind.List => CelValue.Of((long)value.Length),
        CelKind.Text => CelValue.Of((long)System.Text.Encoding.UTF8.GetCharCount(at.TextOf(value))),
        _ => CelValue.Error,
    };

    private static CelValue ToInt(CelEvaluation at, CelValue value, CelValue _) => value.Kind switch
    {
        CelKind.Int => value,
        CelKind.Uint when value.Bits >= 0 => CelValue.Of(value.Bits),
        CelKind.Double => CelValue.Of((long)value.Number),
        CelKind.Text when Utf8Parser.TryParse(at.TextOf(value), out long number, out var used)
            && used == value.Length => CelValue.Of(number),
        _ => CelValue.Error,
    };

    private static CelValue ToText(CelEvaluation at, CelValue value, CelValue _)
    {
        var start = at.Buffer.Length;
        switch (value.Kind)
        {
            case CelKind.Text:
                return value;
            case CelKind.Int:
                at.Buffer.Write(value.Bits);
                break;
            case CelKind.Bool:
                at.Buffer.Write(value.IsTrue ? "true"u8 : "false"u8);
                break;
            case CelKind.Uint or CelKind.Double:
                at.Buffer.Write(Config.JsonText.NumberText(value.Number));
                break;
            default:
                return CelValue.Error;
        }

        return CelValue.OfBuffer(start, at.Buffer.Length - start);
    }

    private static CelValue ChangeCase(CelEvaluation at, CelValue value, bool lower)
    {
        if (value.Kind != CelKind.Text)
        {
            return CelValue.Error;
        }

        var start = at.Buffer.Length;
        at.Buffer.GetSpan(value.Length);
        foreach (var b in at.TextOf(value))
        {
            at.Buffer.Write(lower && b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20)
                : !lower && b is >= (byte)'a' and <= (byte)'z' ? (byte)(b & ~0x20) : b);
        }

        return CelValue.OfBuffer(start, at.Buffer.Length - start);
    }
}
