namespace Lateen.Proxy.Cel;

/// <summary>
/// A value while an expression is worked out. Text lies in an array of the program or in the evaluation's own buffer.
/// </summary>
internal readonly struct CelValue
{
    private CelValue(CelKind kind, long bits, object? reference = null, int start = 0, int length = 0)
    {
        Kind = kind;
        Bits = bits;
        Reference = reference;
        Start = start;
        Length = length;
    }

    public static CelValue Error => default;

    public static CelValue Null { get; } = new(CelKind.Null, 0);

    public CelKind Kind { get; }

    public long Bits { get; }

    /// <summary>The bytes of constant text, the items of a list, or what answers for a mapping.</summary>
    public object? Reference { get; }

    public int Start { get; }

    public int Length { get; }

    public bool IsTrue => Kind == CelKind.Bool && Bits != 0;

    public double Number => Kind switch
    {
        CelKind.Double => BitConverter.Int64BitsToDouble(Bits),
        CelKind.Uint => (ulong)Bits,
        _ => Bits,
    };

    public bool IsNumber => Kind is CelKind.Int or CelKind.Uint or CelKind.Double;

    public static CelValue Of(bool value) => new(CelKind.Bool, value ? 1 : 0);

    public static CelValue Of(long value) => new(CelKind.Int, value);

    public static CelValue OfUnsigned(ulong value) => new(CelKind.Uint, (long)value);

    public static CelValue Of(double value) => new(CelKind.Double, BitConverter.DoubleToInt64Bits(value));

    /// <summary>Constant text.</summary>
    public static CelValue Of(byte[] text) => new(CelKind.Text, 0, text, 0, text.Length);

    /// <summary>Text in the evaluation's buffer.</summary>
    public static CelValue OfBuffer(int start, int length) => new(CelKind.Text, 0, null, start, length);

    /// <summary>Constant bytes.</summary>
    public static CelValue OfBytes(byte[] bytes) => new(CelKind.Bytes, 0, bytes, 0, bytes.Length);

    /// <summary>A text's bytes, or bytes as text.</summary>
    public CelValue As(CelKind kind) => new(kind, 0, Reference, Start, Length);

    /// <summary>A point in time; <paramref name="nanos"/> is not negative.</summary>
    public static CelValue OfTimestamp(long seconds, int nanos) => new(CelKind.Timestamp, seconds, null, nanos);

    public static CelValue OfDuration(long nanos) => new(CelKind.Duration, nanos);

    /// <summary>A type by its name.</summary>
    public static CelValue OfType(byte[] name) => new(CelKind.Type, 0, name, 0, name.Length);

    public static CelValue Of(CelValue[] items) => new(CelKind.List, 0, items, 0, items.Length);

    public static CelValue Of(CelMap map) => new(CelKind.Map, 0, map);
}
