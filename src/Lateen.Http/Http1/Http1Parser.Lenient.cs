namespace Lateen.Http.Http1;

/// <content>What Envoy's parser takes beyond the grammar (<see cref="Http1Limits.IsLenient"/>). Rare, so it may
/// allocate.</content>
public sealed partial class Http1Parser
{
    /// <summary>Whether the line goes on in the next one (RFC 9112 §5.2), or that cannot be told yet.</summary>
    private static bool IsFolded(ReadOnlySpan<byte> rest, int lineEnd, int lineFeed) => lineEnd > 0
        && (lineFeed + 1 == rest.Length || rest[lineFeed + 1] is (byte)' ' or (byte)'\t');

    /// <summary>HeadDone stands for: go on with the next line.</summary>
    private Http1Result TakeFolded(ReadOnlySpan<byte> rest, int lineFeed, HeaderMap headers, ref int consumed)
    {
        if (lineFeed + 1 == rest.Length)
        {
            return CheckPartialLine(rest);
        }

        var read = ReadFolded(rest, lineFeed, headers, out var ok);
        consumed += read;
        return !ok ? Http1Result.Invalid : read == 0 ? Http1Result.NeedMore : Http1Result.HeadDone;
    }

    /// <summary>Reads a header whose value goes over several lines; line ends are left out of it. Returns the bytes
    /// read, or zero when more are needed.</summary>
    private int ReadFolded(ReadOnlySpan<byte> rest, int lineFeed, HeaderMap headers, out bool ok)
    {
        var end = lineFeed;
        ok = true;
        while (end + 1 < rest.Length && rest[end + 1] is (byte)' ' or (byte)'\t')
        {
            var next = rest[(end + 1)..].IndexOf((byte)'\n');
            if (next < 0)
            {
                ok = CheckPartialLine(rest) == Http1Result.NeedMore;
                return 0;
            }

            end += 1 + next;
        }

        var joined = new byte[end];
        var length = 0;
        foreach (var b in rest[..end])
        {
            if (b is not ((byte)'\r' or (byte)'\n'))
            {
                joined[length++] = b;
            }
        }

        _headBytes += end + 1;
        ok = _headBytes <= _limits.HeaderBytesMax
            ? TryReadHeader(joined.AsSpan(0, length), headers)
            : Refuse(Http1Error.HeadersTooLarge);
        return end + 1;
    }

    /// <summary>A start line with single spaces between its words and none behind; null when it is so
    /// already.</summary>
    private static byte[]? Straighten(ReadOnlySpan<byte> line)
    {
        var isStraight = !line.Contains((byte)'\t') && line.IndexOf("  "u8) < 0 && !line.EndsWith(" "u8);
        if (isStraight)
        {
            return null;
        }

        var result = new List<byte>(line.Length);
        foreach (var b in line)
        {
            var isSpace = b is (byte)' ' or (byte)'\t';
            if (!isSpace || (result.Count > 0 && result[^1] != ' '))
            {
                result.Add(isSpace ? (byte)' ' : b);
            }
        }

        while (result.Count > 0 && result[^1] == ' ')
        {
            result.RemoveAt(result.Count - 1);
        }

        return [.. result];
    }

    /// <summary>A value without the carriage returns in it.</summary>
    private static byte[] WithoutReturns(ReadOnlySpan<byte> value)
    {
        var result = new byte[value.Length - value.Count((byte)'\r')];
        var length = 0;
        foreach (var b in value)
        {
            if (b != '\r')
            {
                result[length++] = b;
            }
        }

        return result;
    }
}
