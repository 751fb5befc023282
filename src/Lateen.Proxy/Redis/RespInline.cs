namespace Lateen.Proxy.Redis;

/// <summary>Commands that are typed as a line of words, with quotes as Redis reads them.</summary>
internal static class RespInline
{
    /// <summary>Whether a command may begin with this byte and be no frame.</summary>
    internal static bool BeginsSo(byte first) => char.IsAsciiLetterOrDigit((char)first)
        || first is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'"' or (byte)'\'';

    /// <summary>Finds the end of the line, CR LF.</summary>
    internal static RespStatus Measure(ReadOnlySpan<byte> bytes, int lengthMax, out int length)
    {
        length = 0;
        var end = bytes.IndexOf((byte)'\r');
        if (end < 0 || end + 1 == bytes.Length)
        {
            return bytes.Length > lengthMax ? RespStatus.Invalid : RespStatus.NeedMore;
        }

        length = end + 2;
        return bytes[end + 1] == '\n' ? RespStatus.Done : RespStatus.Invalid;
    }

    /// <summary>Writes the words of a line one after the other and where they lie; false when quotes do not
    /// match.</summary>
    internal static bool TrySplit(ReadOnlySpan<byte> line, ByteBuffer text, List<Range> words)
    {
        var at = 0;
        while (true)
        {
            while (at < line.Length && IsSpace(line[at]))
            {
                at++;
            }

            if (at == line.Length)
            {
                return true;
            }

            var start = text.Length;
            if (!TryReadWord(line, ref at, text))
            {
                return false;
            }

            words.Add(new Range(start, text.Length));
        }
    }

    private static bool TryReadWord(ReadOnlySpan<byte> line, ref int at, ByteBuffer text)
    {
        byte quote = 0;
        for (; at < line.Length; at++)
        {
            var c = line[at];
            if (quote == 0)
            {
                if (IsSpace(c))
                {
                    return true;
                }

                if (c is (byte)'"' or (byte)'\'')
                {
                    quote = c;
                    continue;
                }

                text.Write(c);
            }
            else if (c == quote)
            {
                at++;
                return at == line.Length || IsSpace(line[at]);
            }
            else if (c == '\\' && at + 1 < line.Length)
            {
                ReadEscape(line, ref at, quote, text);
            }
            else
            {
                text.Write(c);
            }
        }

        return quote == 0;
    }

    /// <summary>Within single quotes only the quote itself can be escaped.</summary>
    private static void ReadEscape(ReadOnlySpan<byte> line, ref int at, byte quote, ByteBuffer text)
    {
        var next = line[at + 1];
        if (quote == '\'')
        {
            if (next == '\'')
            {
                at++;
            }

            text.Write(line[at]);
            return;
        }

        if (next == 'x' && at + 3 < line.Length && IsHex(line[at + 2]) && IsHex(line[at + 3]))
        {
            text.Write((byte)((HexOf(line[at + 2]) << 4) | HexOf(line[at + 3])));
            at += 3;
            return;
        }

        at++;
        text.Write(next switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'a' => (byte)'\a',
            _ => next,
        });
    }

    private static bool IsSpace(byte c) => c is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static bool IsHex(byte c) => char.IsAsciiHexDigit((char)c);

    private static int HexOf(byte c) => char.IsAsciiDigit((char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}
