using System.Globalization;
using System.Text;

namespace Lateen.Grpc.Wire;

/// <summary>The percent-encoding of <c>grpc-message</c> (gRPC over HTTP/2, Status-Message).</summary>
internal static class StatusMessage
{
    /// <summary>Encoded messages are cut at this many bytes, so that trailers stay within usual header
    /// limits.</summary>
    internal const int BytesMax = 4096;

    internal static string Encode(string message)
    {
        var bytes = Encoding.UTF8.GetBytes(message);
        if (Array.TrueForAll(bytes, b => b is >= 0x20 and <= 0x7E and not (byte)'%') && bytes.Length <= BytesMax)
        {
            return message;
        }

        var text = new StringBuilder(bytes.Length + 16);
        foreach (var b in bytes)
        {
            if (text.Length >= BytesMax)
            {
                break;
            }

            if (b is >= 0x20 and <= 0x7E and not (byte)'%')
            {
                text.Append((char)b);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }
        }

        return text.ToString();
    }

    /// <summary>Decodes leniently: what is no valid escape stays as it is.</summary>
    internal static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1])
                && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes.Add(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text, i, 1));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
