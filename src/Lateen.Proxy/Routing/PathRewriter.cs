using Lateen.Http;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Routing;

/// <summary>Puts the path and host of a route's rewrites into a request.</summary>
internal static class PathRewriter
{
    /// <summary>How much of the path a rule matched, which is what a prefix rewrite replaces.</summary>
    public static int MatchedLength(PathMatcher? match, ReadOnlySpan<byte> path) => match?.Kind switch
    {
        PathMatchKind.Prefix or PathMatchKind.PathSeparatedPrefix => match.Text.Length,
        null => 0,
        _ => path.Length,
    };

    /// <summary>Changes :path if the route asks for it; the old one goes into x-envoy-original-path unless
    /// suppressed.</summary>
    public static void RewritePath(
        RouteAction action, PathMatcher match, HeaderMap request, StreamInfo info, bool suppress)
    {
        if (action.PrefixRewrite is not null || action.RegexRewrite is not null)
        {
            RewritePath(action.PrefixRewrite, action.RegexRewrite, match, request, suppress);
            return;
        }
        var path = request.Get(HeaderId.Path);
        var only = QueryString.PathOnly(path);
        var output = Scratch.Rewritten;
        if (action.TemplateRewrite is not null && match.Template is not null)
        {
            WriteTemplate(action.TemplateRewrite, match.Template, only, output);
        }
        else if (action.PathRewrite is not null)
        {
            action.PathRewrite.Write(output, info, new FormatContext(AccessLogType.NotSet), default);
        }
        else
        {
            return;
        }
        SetPath(request, output, suppress);
    }

    /// <summary>Replaces the matched part of :path, or what an expression finds in it. An empty result leaves the path
    /// as it is.</summary>
    public static void RewritePath(
        byte[]? prefix, RegexRewrite? regex, PathMatcher match, HeaderMap request, bool suppress)
    {
        var only = QueryString.PathOnly(request.Get(HeaderId.Path));
        var output = Scratch.Rewritten;
        if (prefix is not null)
        {
            output.Write(prefix);
            output.Write(only[Math.Min(only.Length, MatchedLength(match, only))..]);
        }
        else
        {
            regex?.Pattern.Replace(only, regex.Substitution, output);
        }
        SetPath(request, output, suppress);
    }

    private static void SetPath(HeaderMap request, ByteBuffer output, bool suppress)
    {
        if (output.Length == 0)
        {
            return;
        }
        var path = request.Get(HeaderId.Path);
        output.Write(QueryString.AfterPath(path));
        if (!suppress)
        {
            request.Set(HeaderId.XEnvoyOriginalPath, path);
        }
        request.Set(HeaderId.Path, output.Written);
    }

    /// <summary>Changes :authority if the route asks for it (but for auto_host_rewrite, which waits for the
    /// endpoint).</summary>
    public static void RewriteHost(
        RouteAction action, WeightedClusterEntry? entry, HeaderMap request, StreamInfo info, bool suppress)
    {
        // Both apply, so the route's is what remains and the entry's is left as the original host; the entry's alone
        // leaves no trace of the host that came.
        if (entry?.HostRewriteLiteral is { } entryLiteral)
        {
            request.Set(HeaderId.Authority, entryLiteral);
        }
        if (action.HostRewriteLiteral is { } literal)
        {
            SetHost(action, request, literal, suppress);
        }
        else if (action.HostRewriteHeader is { } header)
        {
            if (request.TryGet(header, out var value) && value.Length > 0)
            {
                SetHost(action, request, value, suppress);
            }
        }
        else if (action.HostRewritePathRegex is { } regex)
        {
            var output = Scratch.Rewritten;
            regex.Pattern.Replace(QueryString.PathOnly(request.Get(HeaderId.Path)), regex.Substitution, output);
            SetHost(action, request, output.Written, suppress);
        }
        else if (action.HostRewrite is { } format)
        {
            var output = Scratch.Formatted;
            format.Write(output, info, new FormatContext(AccessLogType.NotSet), "-"u8);
            SetHost(action, request, output.Written, suppress);
        }
    }

    /// <summary>Makes <paramref name="host"/> the authority and notes the old one as the route wants.</summary>
    public static void SetHost(RouteAction action, HeaderMap request, ReadOnlySpan<byte> host, bool suppress)
    {
        var old = request.Get(HeaderId.Authority);
        if (action.AppendXForwardedHost && !old.IsEmpty && !EndsWithHost(request.Get(HeaderId.XForwardedHost), old))
        {
            request.Append(HeaderId.XForwardedHost, old, ","u8);
        }
        if (!suppress)
        {
            request.Set(HeaderId.XEnvoyOriginalHost, old);
        }
        request.Set(HeaderId.Authority, host);
    }

    private static bool EndsWithHost(ReadOnlySpan<byte> list, ReadOnlySpan<byte> host)
    {
        var comma = list.LastIndexOf((byte)',');
        return (comma < 0 ? list : list[(comma + 1)..]).Trim((byte)' ').SequenceEqual(host);
    }

    private static void WriteTemplate(
        (byte[]? Literal, int Variable)[] rewrite, UriTemplate template, ReadOnlySpan<byte> path, ByteBuffer output)
    {
        Span<int> slots = stackalloc int[12];
        if (!template.TryCapture(path, slots))
        {
            output.Write(path);
            return;
        }
        foreach (var (literal, variable) in rewrite)
        {
            if (literal is not null)
            {
                output.Write(literal);
            }
            else if (slots[2 * variable + 2] >= 0)
            {
                output.Write(path[slots[2 * variable + 2]..slots[2 * variable + 3]]);
            }
        }
    }
}
