using System.Text;
using Lateen.Proxy.Regex;

namespace Lateen.Proxy.Cel;

/// <summary>Functions and methods by name and number of arguments, the target of a method counting as the
/// first. No argument is an error.</summary>
internal static class CelFunctions
{
    private static readonly string[] _parts =
    [
        "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours",
        "getMinutes", "getSeconds", "getMilliseconds",
    ];

    private static readonly Dictionary<(string, int), CelFunction> _known = Build();

    public static CelFunction? Find(string name, int count) => _known.GetValueOrDefault((name, count));

    /// <summary>The method <c>matches</c> with a constant expression, compiled once.</summary>
    public static CelFunction Matches(CompiledRegex regex) =>
        (at, text, _) => text.Kind == CelKind.Text ? CelValue.Of(regex.IsMatch(at.TextOf(text))) : CelValue.Error;

    private static Dictionary<(string, int), CelFunction> Build()
    {
        var known = new Dictionary<(string, int), CelFunction>
        {
            [("startsWith", 2)] = static (at, a, b) => Texts(a, b)
                ? CelValue.Of(at.TextOf(a).StartsWith(at.TextOf(b))) : CelValue.Error,
            [("endsWith", 2)] = static (at, a, b) => Texts(a, b)
                ? CelValue.Of(at.TextOf(a).EndsWith(at.TextOf(b))) : CelValue.Error,
            [("contains", 2)] = static (at, a, b) => Texts(a, b)
                ? CelValue.Of(at.TextOf(a).IndexOf(at.TextOf(b)) >= 0) : CelValue.Error,
            [("size", 1)] = Size,
            [("dyn", 1)] = static (_, a, _) => a,
            [("type", 1)] = static (_, a, _) => TypeOf(a),
            [("lowerAscii", 1)] = static (at, a, _) => ChangeCase(at, a, lower: true),
            [("upperAscii", 1)] = static (at, a, _) => ChangeCase(at, a, lower: false),
            [("int", 1)] = CelConversions.ToInt,
            [("uint", 1)] = CelConversions.ToUint,
            [("double", 1)] = CelConversions.ToDouble,
            [("string", 1)] = CelConversions.ToText,
            [("bytes", 1)] = static (_, a, _) => a.Kind switch
            {
                CelKind.Bytes => a,
                CelKind.Text => a.As(CelKind.Bytes),
                _ => CelValue.Error,
            },
            [("bool", 1)] = CelConversions.ToBool,
            [("timestamp", 1)] = static (at, a, _) => a.Kind switch
            {
                CelKind.Timestamp => a,
                CelKind.Int => CelTime.Timestamp(a.Bits),
                CelKind.Text => CelTime.ParseTimestamp(CelTime.TextOf(at, a)),
                _ => CelValue.Error,
            },
            [("duration", 1)] = static (at, a, _) => a.Kind switch
            {
                CelKind.Duration => a,
                CelKind.Text => CelTime.ParseDuration(CelTime.TextOf(at, a)),
                _ => CelValue.Error,
            },
        };
        foreach (var part in _parts)
        {
            known[(part, 1)] = (_, a, _) => CelTime.Part(part, a, "");
            known[(part, 2)] = (at, a, zone) => zone.Kind == CelKind.Text && a.Kind == CelKind.Timestamp
                ? CelTime.Part(part, a, CelTime.TextOf(at, zone)) : CelValue.Error;
        }
        return known;
    }

    private static bool Texts(in CelValue a, in CelValue b) => a.Kind == CelKind.Text && b.Kind == CelKind.Text;

    private static CelValue Size(CelEvaluation at, CelValue value, CelValue _) => value.Kind switch
    {
        CelKind.List or CelKind.Bytes => CelValue.Of((long)value.Length),
        CelKind.Text => CelValue.Of(CountOf(at.TextOf(value))),
        CelKind.Map when ((CelMap)value.Reference!).Count is >= 0 and var count => CelValue.Of((long)count),
        _ => CelValue.Error,
    };

    /// <summary>Code points: every byte but those that continue one.</summary>
    private static long CountOf(ReadOnlySpan<byte> text)
    {
        var count = 0L;
        foreach (var b in text)
        {
            count += (b & 0xC0) == 0x80 ? 0 : 1;
        }

        return count;
    }

    private static CelValue TypeOf(in CelValue value) => CelValue.OfType(Encoding.ASCII.GetBytes(value.Kind switch
    {
        CelKind.Null => "null_type",
        CelKind.Bool => "bool",
        CelKind.Int => "int",
        CelKind.Uint => "uint",
        CelKind.Double => "double",
        CelKind.Text => "string",
        CelKind.Bytes => "bytes",
        CelKind.Timestamp => "google.protobuf.Timestamp",
        CelKind.Duration => "google.protobuf.Duration",
        CelKind.List => "list",
        CelKind.Type => "type",
        _ => "map",
    }));

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
