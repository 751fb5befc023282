using System.Buffers.Text;

namespace Lateen.Proxy.Redis;

/// <summary>Whole numbers of the protocol.</summary>
internal static class RespNumber
{
    /// <summary>False when the text is anything else than a number of 64 bits.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, out long value) =>
        Utf8Parser.TryParse(text, out value, out var used) && used == text.Length && text[0] != '+';
}
