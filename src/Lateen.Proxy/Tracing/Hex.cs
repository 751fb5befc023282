using System.Globalization;

namespace Lateen.Proxy.Tracing;

/// <summary>Ids in hexadecimal.</summary>
internal static class Hex
{
    public const int Digits = 16;

    public static void Write(ByteBuffer output, ulong value)
    {
        var room = output.GetSpan(Digits);
        for (var i = 0; i < Digits; i++)
        {
            room[i] = "0123456789abcdef"u8[(int)(value >> (60 - (4 * i))) & 15];
        }

        output.Advance(Digits);
    }

    /// <summary>Exactly 16 digits.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        return text.Length == Digits && !text.ContainsAnyExcept(All)
            && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static readonly System.Buffers.SearchValues<byte> All =
        System.Buffers.SearchValues.Create("0123456789abcdefABCDEF"u8);
}
