namespace Lateen.Proxy;

/// <summary>Decimal digits of small numbers, as logs and addresses are full of them.</summary>
internal static class DecimalText
{
    /// <summary>Bytes of the longest 64-bit number with its sign.</summary>
    public const int BytesMax = 20;

    /// <summary>Writes a number that is not negative; returns how many bytes.</summary>
    /// <param name="target">At least <see cref="BytesMax"/> long, or as long as the text.</param>
    public static int Write(Span<byte> target, uint value)
    {
        var length = LengthOf(value);
        var digits = target[..length];
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            var tens = value / 10;
            digits[i] = (byte)('0' + (value - (tens * 10)));
            value = tens;
        }

        return length;
    }

    private static int LengthOf(uint value) => value switch
    {
        < 10 => 1,
        < 100 => 2,
        < 1_000 => 3,
        < 10_000 => 4,
        < 100_000 => 5,
        < 1_000_000 => 6,
        < 10_000_000 => 7,
        < 100_000_000 => 8,
        < 1_000_000_000 => 9,
        _ => 10,
    };
}
