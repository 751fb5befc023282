using Lateen.Http;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;

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

    /// <summary>Only the scheme changes, whatever port the host names.</summary>
    public bool KeepsHost { get; init; }

    /// <summary>Makes the path, in place of the others; what comes out empty leaves it as it is.</summary>
    public FormatString? PathFormat { get; init; }

    /// <summary>301, 302, 303, 307 or 308.</summary>
    public int ResponseCode { get; init; } = 301;

    public bool StripQuery { get; init; }

    /// <summary>
    /// Writes the value of the Location header; the path of the request has been rewritten already
    /// (<see cref="PathRewriter"/>).
    /// </summary>
    public void WriteLocation(ByteBuffer output, HeaderMap request, StreamInfo info)
    {
        var scheme = Scheme is not null ? Scheme.AsSpan() : SchemeOf(request);
        output.Write(scheme);
        output.Write("://"u8);
        output.Write(Host is not null ? Host : HostFor(request, scheme));
        if (Port > 0)
        {
            output.Write((byte)':');
            output.Write(Port);
        }
        WritePath(output, request.Get(HeaderId.Path), info);
    }

    private static ReadOnlySpan<byte> SchemeOf(HeaderMap request) =>
        request.TryGet(HeaderId.XForwardedProto, out var proto) && IsHttp(proto)
            ? proto
            : request.TryGet(HeaderId.Scheme, out var own) ? own : "http"u8;

    private static bool IsHttp(ReadOnlySpan<byte> scheme) =>
        scheme.SequenceEqual("http"u8) || scheme.SequenceEqual("https"u8);

    /// <summary>The request's host; its port gives way to a new one, and the default one of the old scheme goes with
    /// that.</summary>
    private ReadOnlySpan<byte> HostFor(HeaderMap request, ReadOnlySpan<byte> scheme)
    {
        var authority = request.Get(HeaderId.Authority);
        var colon = authority.LastIndexOf((byte)':');
        if (KeepsHost || colon < 0 || authority[^1] == ']')
        {
            return authority;
        }
        var port = authority[(colon + 1)..];
        var old = request.Get(HeaderId.XForwardedProto);
        var drop = Port > 0 || (!scheme.SequenceEqual(old)
            && ((old.SequenceEqual("http"u8) && port.SequenceEqual("80"u8))
                || (old.SequenceEqual("https"u8) && port.SequenceEqual("443"u8))));
        return drop ? authority[..colon] : authority;
    }

    private void WritePath(ByteBuffer output, ReadOnlySpan<byte> path, StreamInfo info)
    {
        var query = path.IndexOf((byte)'?') is var question and >= 0 ? path[question..] : default;
        var start = output.Length;
        if (Path is { Length: > 0 } && Path[0] != (byte)'/')
        {
            output.Write((byte)'/');
        }
        if (Path is not null)
        {
            output.Write(Path);
        }
        else
        {
            PathFormat?.Write(output, info, new FormatContext(AccessLogType.NotSet), default);
        }
        var own = output.Written[start..];
        if (own.Contains((byte)'?'))
        {
            // A query of its own stays, whatever is to be stripped.
            return;
        }
        if (own.IsEmpty && !path.StartsWith("/"u8))
        {
            // Else the path would go on with the host's name.
            output.Write((byte)'/');
        }
        output.Write(own.IsEmpty ? path : query);
        if (StripQuery && output.Written[start..].IndexOf((byte)'?') is var end and >= 0)
        {
            output.Truncate(start + end);
        }
    }
}
