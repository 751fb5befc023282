using Lateen.Http;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// Path normalisation in Envoy's order: fragment, escaped slashes, RFC 3986 with the rules of Chromium's canonicaliser,
/// merged slashes. The query is left alone.
/// </summary>
internal static class PathNormalizer
{
    internal enum Outcome
    {
        Unchanged,
        Changed,
        Rejected,
        Redirect,
    }

    private static readonly System.Buffers.SearchValues<byte> Suspicious =
        System.Buffers.SearchValues.Create("%\\\"<>^`{|}"u8);

    internal static Outcome Apply(HeaderMap request, HttpConnectionManagerConfig config)
    {
        var path = request.Get(HeaderId.Path);
        if (path.Contains((byte)'#'))
        {
            if (RejectsFragments)
            {
                return Outcome.Rejected;
            }

            path = path[..path.IndexOf((byte)'#')];
            request.Set(HeaderId.Path, path);
        }

        var changed = Outcome.Unchanged;
        var redirect = false;
        if (config.Normalization.EscapedSlashes != PathWithEscapedSlashesAction.KeepUnchanged
            && HasEscapedSlash(PathOnly(path)))
        {
            if (config.Normalization.EscapedSlashes == PathWithEscapedSlashesAction.RejectRequest)
            {
                return Outcome.Rejected;
            }

            redirect = config.Normalization.EscapedSlashes == PathWithEscapedSlashesAction.UnescapeAndRedirect;
            path = Replace(request, Unescape(path));
            changed = Outcome.Changed;
        }

        if (config.Normalization.NormalizePath && NeedsCanonical(PathOnly(path)))
        {
            var buffer = Scratch.Rewritten;
            if (!TryCanonicalize(PathOnly(path), buffer))
            {
                return Outcome.Rejected;
            }

            buffer.Write(path[PathOnly(path).Length..]);
            path = Replace(request, buffer);
            changed = Outcome.Changed;
        }

        if (config.Normalization.MergeSlashes && PathOnly(path).IndexOf("//"u8) >= 0)
        {
            Replace(request, MergeSlashes(path));
            changed = Outcome.Changed;
        }

        return redirect ? Outcome.Redirect : changed;
    }

    /// <summary>Writes the canonical form of a path without query. False when it holds NUL.</summary>
    internal static bool TryCanonicalize(ReadOnlySpan<byte> path, ByteBuffer output)
    {
        output.Write((byte)'/');
        var at = path.Length > 0 && IsSlash(path[0]) ? 1 : 0;
        while (at <= path.Length)
        {
            var end = at;
            while (end < path.Length && !IsSlash(path[end]))
            {
                end++;
            }

            var segment = path[at..end];
            if (segment.IndexOf((byte)';') is var parameters and > 0 && Dots(segment[..parameters]) > 0)
            {
                // Parameters of dots (..;x) go up to the next slash, so that servers that drop them see no other path.
                // Envoy lets them stand where the dots are escaped, which such a server would follow, too.
                segment = segment[..parameters];
                var slash = path[end..].IndexOf((byte)'/');
                end = slash < 0 ? path.Length : end + slash;
            }

            if (!TryWriteSegment(segment, isLast: end == path.Length, output))
            {
                return false;
            }

            at = end + 1;
        }

        return true;
    }

    private static bool RejectsFragments =>
        RuntimeSettings.Current.GetFlag("envoy.reloadable_features.http_reject_path_with_fragment", true);

    private static bool IsSlash(byte b) => b is (byte)'/' or (byte)'\\';

    /// <summary>The output always ends with a slash when a segment begins.</summary>
    private static bool TryWriteSegment(ReadOnlySpan<byte> segment, bool isLast, ByteBuffer output)
    {
        var dots = Dots(segment);
        if (dots == 2)
        {
            var written = output.Written[..^1];
            var parent = written.LastIndexOf((byte)'/');
            output.Truncate(parent < 0 ? 1 : parent + 1);
            return true;
        }

        if (dots == 1)
        {
            return true;
        }

        if (!TryWriteText(segment, output))
        {
            return false;
        }

        if (!isLast)
        {
            output.Write((byte)'/');
        }

        return true;
    }

    /// <summary>1 for <c>.</c>, 2 for <c>..</c>, with <c>%2e</c> for any dot; else 0.</summary>
    private static int Dots(ReadOnlySpan<byte> segment)
    {
        var count = 0;
        while (!segment.IsEmpty)
        {
            if (segment[0] == '.')
            {
                segment = segment[1..];
            }
            else if (segment.Length >= 3 && segment[0] == '%' && segment[1] == '2' && segment[2] is (byte)'e'
                or (byte)'E')
            {
                segment = segment[3..];
            }
            else
            {
                return 0;
            }

            if (++count > 2)
            {
                return 0;
            }
        }

        return count;
    }

    private static bool TryWriteText(ReadOnlySpan<byte> segment, ByteBuffer output)
    {
        // Where the output has a percent sign that begins no escape.
        var percent = -1;
        for (var i = 0; i < segment.Length; i++)
        {
            var b = segment[i];
            if (b == 0)
            {
                return false;
            }

            if (b == '%' && i + 2 < segment.Length && Hex(segment[i + 1]) >= 0 && Hex(segment[i + 2]) >= 0)
            {
                var value = (byte)((Hex(segment[i + 1]) << 4) | Hex(segment[i + 2]));
                if (value == 0)
                {
                    return false;
                }

                if (IsUnreserved(value) || value == '.')
                {
                    output.Write(value);
                    KeepFromEscape(percent, segment[(i + 3)..], output);
                }
                else
                {
                    output.Write(segment.Slice(i, 3));
                }

                i += 2;
            }
            else if (b <= 0x20 || b >= 0x7F || "\"<>^`{|}"u8.Contains(b))
            {
                output.Write((byte)'%');
                output.Write("0123456789ABCDEF"u8[b >> 4]);
                output.Write("0123456789ABCDEF"u8[b & 15]);
            }
            else
            {
                percent = b == '%' ? output.Length : percent;
                output.Write(b);
            }
        }

        return true;
    }

    /// <summary>
    /// A character was just decoded. Where it, with a percent sign before it, would now read as an escape
    /// (<c>%2%65</c> as <c>%2e</c>), the percent sign itself is escaped, so that nobody behind decodes a second time.
    /// </summary>
    private static void KeepFromEscape(int percent, ReadOnlySpan<byte> rest, ByteBuffer output)
    {
        var length = output.Length - percent - 1;
        if (percent < 0 || length > 2)
        {
            return;
        }

        Span<byte> digits = stackalloc byte[2];
        output.Written[(percent + 1)..].CopyTo(digits);
        if (length == 1)
        {
            digits[1] = rest.IsEmpty ? (byte)0 : rest[0];
        }

        if (Hex(digits[0]) >= 0 && Hex(digits[1]) >= 0)
        {
            output.Truncate(percent);
            output.Write("%25"u8);
            output.Write(digits[..length]);
        }
    }

    private static bool IsUnreserved(byte b) => b is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z')
        or (>= (byte)'0' and <= (byte)'9') or (byte)'-' or (byte)'_' or (byte)'~';

    private static int Hex(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        _ => -1,
    };

    /// <summary>Most paths are canonical already.</summary>
    private static bool NeedsCanonical(ReadOnlySpan<byte> path) =>
        path.ContainsAny(Suspicious) || path.IndexOf("/."u8) >= 0
            || path.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E)
        || path.IsEmpty || path[0] != '/';

    private static ReadOnlySpan<byte> PathOnly(ReadOnlySpan<byte> path)
    {
        var query = path.IndexOf((byte)'?');
        return query < 0 ? path : path[..query];
    }

    internal static bool HasEscapedSlash(ReadOnlySpan<byte> path)
    {
        for (var i = path.IndexOf((byte)'%'); i >= 0 && i + 2 < path.Length;)
        {
            if (EscapedSlash(path[i..]) != 0)
            {
                return true;
            }

            var next = path[(i + 1)..].IndexOf((byte)'%');
            i = next < 0 ? -1 : i + 1 + next;
        }

        return false;
    }

    private static byte EscapedSlash(ReadOnlySpan<byte> text)
    {
        if (text.Length < 3 || text[0] != '%')
        {
            return 0;
        }

        if (text[1] == '2' && text[2] is (byte)'f' or (byte)'F')
        {
            return (byte)'/';
        }

        return text[1] == '5' && text[2] is (byte)'c' or (byte)'C' ? (byte)'\\' : (byte)0;
    }

    internal static ByteBuffer Unescape(ReadOnlySpan<byte> path)
    {
        var buffer = Scratch.Rewritten;
        var end = PathOnly(path).Length;
        for (var i = 0; i < end; i++)
        {
            var slash = EscapedSlash(path[i..end]);
            buffer.Write(slash == 0 ? path[i] : slash);
            i += slash == 0 ? 0 : 2;
        }

        buffer.Write(path[end..]);
        return buffer;
    }

    internal static ByteBuffer MergeSlashes(ReadOnlySpan<byte> path)
    {
        var buffer = Scratch.Rewritten;
        var end = PathOnly(path).Length;
        for (var i = 0; i < end; i++)
        {
            if (path[i] != '/' || i == 0 || path[i - 1] != '/')
            {
                buffer.Write(path[i]);
            }
        }

        buffer.Write(path[end..]);
        return buffer;
    }

    private static ReadOnlySpan<byte> Replace(HeaderMap request, ByteBuffer buffer)
    {
        request.Set(HeaderId.Path, buffer.Written);
        return request.Get(HeaderId.Path);
    }
}
