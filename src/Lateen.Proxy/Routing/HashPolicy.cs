using System.Numerics;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Routing;

/// <summary>One source of the hash for consistent load balancing. Source: <c>RouteAction.HashPolicy</c>.</summary>
internal sealed class HashPolicy
{
    public HeaderName? Header { get; init; }

    public RegexRewrite? HeaderRewrite { get; init; }

    public byte[]? Cookie { get; init; }

    /// <summary>Seconds a generated cookie lives; zero: a session cookie; null: none is generated.</summary>
    public long? CookieTtlSeconds { get; init; }

    public string CookiePath { get; init; } = "";

    public (string Name, string Value)[] CookieAttributes { get; init; } = [];

    public bool SourceIp { get; init; }

    public byte[]? QueryParameter { get; init; }

    public string? FilterStateKey { get; init; }

    /// <summary>Stop when a hash has been found.</summary>
    public bool Terminal { get; init; }

    /// <summary>
    /// The hash of a request over all policies, or null; a cookie that was generated is told as the text for
    /// Set-Cookie.
    /// </summary>
    public static ulong? Compute(HashPolicy[] policies, HeaderMap request, StreamInfo info, out string? setCookie)
    {
        ulong? hash = null;
        setCookie = null;
        foreach (var policy in policies)
        {
            var next = policy.Hash(request, info, ref setCookie);
            if (next is { } value)
            {
                hash = hash is { } old ? BitOperations.RotateLeft(old, 1) ^ value : value;
            }
            if (policy.Terminal && hash is not null)
            {
                break;
            }
        }
        return hash;
    }

    private ulong? Hash(HeaderMap request, StreamInfo info, ref string? setCookie)
    {
        if (Header is { } header)
        {
            return HashHeader(request, header);
        }
        if (Cookie is not null)
        {
            return HashCookie(request, info, ref setCookie);
        }
        if (SourceIp)
        {
            Span<byte> text = stackalloc byte[IpAddress.TextBytesMax];
            var ip = info.EffectiveRemoteAddress.Ip;
            return ip.IsEmpty ? null : XxHash64.Hash(text[..ip.Format(text)]);
        }
        if (QueryParameter is not null)
        {
            return QueryString.TryGet(request.Get(HeaderId.Path), QueryParameter, out var value)
                ? XxHash64.Hash(value)
                : null;
        }
        return FilterStateKey is not null && info.GetFilterState(FilterStateKey) is string state
            ? XxHash64.Hash(Encoding.UTF8.GetBytes(state))
            : null;
    }

    private ulong? HashHeader(HeaderMap request, HeaderName header)
    {
        var index = request.IndexOf(header);
        if (index < 0)
        {
            return null;
        }
        if (HeaderRewrite is null && request.IndexOf(header, index + 1) < 0)
        {
            return XxHash64.Hash(request.GetValue(index));
        }
        // Several values count in sorted order, so that their order on the wire does not matter.
        var values = new List<byte[]>();
        for (; index >= 0; index = request.IndexOf(header, index + 1))
        {
            var value = request.GetValue(index).ToArray();
            if (HeaderRewrite is not null)
            {
                var buffer = Scratch.Rewritten;
                HeaderRewrite.Pattern.Replace(value, HeaderRewrite.Substitution, buffer);
                value = buffer.ToArray();
            }
            values.Add(value);
        }
        values.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
        var hash = 0UL;
        foreach (var value in values)
        {
            hash = XxHash64.Hash(value, hash);
        }
        return hash;
    }

    private ulong? HashCookie(HeaderMap request, StreamInfo info, ref string? setCookie)
    {
        if (CookieMatcher.TryGet(request, Cookie, out var value))
        {
            return XxHash64.Hash(value);
        }
        if (CookieTtlSeconds is not { } ttl)
        {
            return null;
        }
        var addresses = info.EffectiveRemoteAddress.ToString() + info.Connection.LocalAddress;
        var generated = XxHash64.Hash(Encoding.ASCII.GetBytes(addresses)).ToString("x16", null);
        setCookie = SetCookie.Format(Encoding.ASCII.GetString(Cookie!), generated, ttl, CookiePath, CookieAttributes);
        return XxHash64.Hash(Encoding.ASCII.GetBytes(generated));
    }
}
