using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Formatting;

/// <summary><c>XFCC_VALUE(field)</c>: the first value of a field of <c>x-forwarded-client-cert</c>.</summary>
internal static class XfccField
{
    private static readonly string[] _names = ["by", "hash", "cert", "chain", "subject", "uri", "dns"];

    private static readonly HeaderName _header = HeaderName.Create("x-forwarded-client-cert");

    public static FormatOperator? Create(string? arguments, out string error)
    {
        error = "";
        if (arguments is null)
        {
            error = "XFCC_VALUE command requires a subcommand";
            return null;
        }
        var name = arguments.ToLowerInvariant();
        if (!_names.Contains(name))
        {
            error = $"XFCC_VALUE command does not support subcommand: {arguments}";
            return null;
        }
        var field = System.Text.Encoding.ASCII.GetBytes(name);
        return new FormatOperator((ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            ReadOnlySpan<byte> header = default;
            return info.RequestHeaders?.TryGet(_header, out header) == true && TryWrite(output, header, field);
        });
    }

    /// <summary>Looks through all elements and their <c>name=value</c> pairs; quoted values lose their
    /// quotes.</summary>
    internal static bool TryWrite(ByteBuffer output, ReadOnlySpan<byte> header, ReadOnlySpan<byte> field)
    {
        while (!header.IsEmpty)
        {
            var end = EndOfPair(header, out var isClosed);
            if (!isClosed)
            {
                return false;
            }
            var pair = header[..end].Trim((byte)' ');
            header = end < header.Length ? header[(end + 1)..] : default;
            var equals = pair.IndexOf((byte)'=');
            if (equals > 0 && System.Text.Ascii.EqualsIgnoreCase(pair[..equals], field))
            {
                return WriteValue(output, pair[(equals + 1)..]);
            }
        }
        return false;
    }

    /// <summary>Index of the <c>;</c> or <c>,</c> that ends the pair, or the length.</summary>
    private static int EndOfPair(ReadOnlySpan<byte> text, out bool isClosed)
    {
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case (byte)'\\' when quoted:
                    i++;
                    break;
                case (byte)'"':
                    quoted = !quoted;
                    break;
                case (byte)';' or (byte)',' when !quoted:
                    isClosed = true;
                    return i;
            }
        }
        isClosed = !quoted;
        return text.Length;
    }

    private static bool WriteValue(ByteBuffer output, ReadOnlySpan<byte> value)
    {
        if (value is not [(byte)'"', .. var inner, (byte)'"'])
        {
            output.Write(value);
            return !value.IsEmpty;
        }
        for (var i = 0; i < inner.Length; i++)
        {
            i += inner[i] == '\\' && i + 1 < inner.Length && inner[i + 1] == '"' ? 1 : 0;
            output.Write(inner[i]);
        }
        return !inner.IsEmpty;
    }
}
