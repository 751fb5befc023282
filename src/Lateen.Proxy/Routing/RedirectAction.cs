using Lateen.Http;

namespace Lateen.Proxy.Routing;

/// <summary>An answer that sends the client elsewhere. Source: <c>route.v3.RedirectAction</c>.</summary>
internal sealed class RedirectAction
{
    /// <summary><c>https</c> or another scheme; null: the request's.</summary>
    public byte[]? Scheme { get; init; }

    public byte[]? Host { get; init; }

    /// <summary>Zero: as in the request.</summary>
    public int Port { get; init; }

    public byte[]? Path { get; init; }

    public byte[]? PrefixRewrite { get; init; }

    public RegexRewrite? RegexRewrite { get; init; }

    /// <summary>Makes the path, in place of the others.</summary>
    public Formatting.FormatString? PathFormat { get; init; }

    /// <summary>301, 302, 303, 307 or 308.</summary>
    public int ResponseCode { get; init; } = 301;

    public bool StripQuery { get; init; }

    /// <summary>Writes the value of the Location header.</summary>
    public void WriteLocation(ByteBuffer output, HeaderMap request, PathMatcher? match)
    {
        var authority = request.Get(HeaderId.Authority);
        var scheme = request.TryGet(HeaderId.XForwardedProto, out var proto) && IsHttp(proto)
            ? proto
            : request.TryGet(HeaderId.Scheme, out var own) ? own : "http"u8;
        output.Write(Scheme ?? scheme);
        output.Write("://"u8);
        if (Host is not null)
        {
            output.Write(Host);
        }
        else
        {
            output.Write(HostFor(authority, scheme));
        }
        if (Port > 0)
        {
            output.Write((byte)':');
            output.Write(Port);
        }
        WritePath(output, request.Get(HeaderId.Path), match);
    }

    private static bool IsHttp(ReadOnlySpan<byte> scheme) =>
        scheme.SequenceEqual("http"u8) || scheme.SequenceEqual("https"u8);

    /// <summary>The request's host; a port that is the old scheme's default goes with the scheme, and any port when
    /// there is a new one.</summary>
    private ReadOnlySpan<byte> HostFor(ReadOnlySpan<byte> authority, ReadOnlySpan<byte> scheme)
    {
        var colon = authority.LastIndexOf((byte)':');
        if (colon < 0 || authority[^1] == ']'
            || authority[(colon + 1)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0)
        {
            return authority;
        }
        var port = authority[(colon + 1)..];
        var changes = Scheme is not null;
        var drop = Port > 0
            || (changes && Scheme!.AsSpan().SequenceEqual("https"u8) && port.SequenceEqual("80"u8))
            || (changes && Scheme!.AsSpan().SequenceEqual("http"u8) && port.SequenceEqual("443"u8));
        return drop && !scheme.IsEmpty ? authority[..colon] : authority;
    }

    private void WritePath(ByteBuffer output, ReadOnlySpan<byte> path, PathMatcher? match)
    {
        var query = path.IndexOf((byte)'?') is var question and >= 0 ? path[question..] : default;
        if (Path is not null)
        {
            output.Write(Path);
            if (!Path.AsSpan().Contains((byte)'?') && !StripQuery)
            {
                output.Write(query);
            }
            return;
        }
        if (PrefixRewrite is not null || RegexRewrite is not null)
        {
            var only = query.IsEmpty ? path : path[..^query.Length];
            if (PrefixRewrite is not null)
            {
                output.Write(PrefixRewrite);
                output.Write(only[Math.Min(only.Length, PathRewriter.MatchedLength(match, only))..]);
            }
            else
            {
                RegexRewrite!.Pattern.Replace(only, RegexRewrite.Substitution, output);
            }
            if (!StripQuery)
            {
                output.Write(query);
            }
            return;
        }
        output.Write(StripQuery && !query.IsEmpty ? path[..^query.Length] : path);
    }
}
