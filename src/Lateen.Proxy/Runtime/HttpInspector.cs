namespace Lateen.Proxy.Runtime;

/// <summary>Recognises HTTP by its first line: <c>http/1.0</c>, <c>http/1.1</c> or <c>h2c</c>. Pure.</summary>
internal static class HttpInspector
{
    private static readonly byte[][] Http10 = ["http/1.0"u8.ToArray()];
    private static readonly byte[][] Http11 = ["http/1.1"u8.ToArray()];
    private static readonly byte[][] Http2 = ["h2c"u8.ToArray()];

    internal static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    internal static InspectResult Inspect(ReadOnlySpan<byte> bytes, out byte[][] protocol)
    {
        protocol = [];
        var shared = Math.Min(bytes.Length, Preface.Length);
        if (bytes[..shared].SequenceEqual(Preface[..shared]))
        {
            if (shared < Preface.Length)
            {
                return InspectResult.NeedMore;
            }

            protocol = Http2;
            return InspectResult.Found;
        }

        if (bytes[0] is (byte)'\r' or (byte)'\n')
        {
            return InspectResult.NotFound;
        }

        var end = bytes.IndexOf((byte)'\n');
        if (end < 0)
        {
            return CouldBeRequest(bytes) ? InspectResult.NeedMore : InspectResult.NotFound;
        }

        var line = bytes[..end];
        line = line.EndsWith("\r"u8) ? line[..^1] : line;
        var version = line.LastIndexOf((byte)' ');
        var hasVersion = version > 0 && line[(version + 1)..].StartsWith("HTTP/"u8);
        if (version <= 0 || !CouldBeRequest(line, hasVersion))
        {
            return InspectResult.NotFound;
        }

        if (line.IndexOf((byte)' ') == version)
        {
            // Method and target only: the oldest HTTP of all.
            var target = line[(version + 1)..];
            protocol = Http10;
            return target.IsEmpty || target.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E)
                ? InspectResult.NotFound
                : InspectResult.Found;
        }

        if (!line[(version + 1)..].StartsWith("HTTP/"u8))
        {
            return InspectResult.NotFound;
        }

        protocol = line[(version + 1)..].SequenceEqual("HTTP/1.1"u8) ? Http11 : Http10;
        return InspectResult.Found;
    }

    /// <summary>Whether the first word can be a method, so that binary protocols are told at once; in small letters
    /// too where the rest of the line says that it is one.</summary>
    private static bool CouldBeRequest(ReadOnlySpan<byte> bytes, bool allowsSmall = false)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            var b = bytes[i];
            if (b == ' ')
            {
                return i > 0;
            }

            var isSmall = b is >= (byte)'a' and <= (byte)'z';
            if (i > 20 || (isSmall ? !allowsSmall : b is not ((>= (byte)'A' and <= (byte)'Z') or (byte)'-')))
            {
                return false;
            }
        }

        return true;
    }
}
