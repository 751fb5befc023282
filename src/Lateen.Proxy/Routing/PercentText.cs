using System.Buffers.Text;

namespace Lateen.Proxy.Routing;

/// <summary>Percent-encoded texts (RFC 3986, section 2.1).</summary>
internal static class PercentText
{
    /// <summary>Replaces every <c>%xx</c> by its byte; what is none stays, and so does a plus.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> text)
    {
        var decoded = new byte[text.Length];
        var count = 0;
        while (!text.IsEmpty)
        {
            var used = 1;
            decoded[count] = text[0];
            if (text is [(byte)'%', var high, var low, ..] && char.IsAsciiHexDigit((char)high)
                && char.IsAsciiHexDigit((char)low))
            {
                _ = Utf8Parser.TryParse(text.Slice(1, 2), out decoded[count], out _, 'x');
                used = 3;
            }
            count++;
            text = text[used..];
        }
        return decoded[..count];
    }
}
