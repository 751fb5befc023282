using Lateen.Http;

namespace Lateen.Proxy.RateLimits;

/// <summary>The <c>x-ratelimit-</c> headers of the draft's third version.</summary>
internal static class RateLimitHeaders
{
    public static void Add(HeaderMap response, long limit, long remaining, long reset)
    {
        Span<byte> text = stackalloc byte[20];
        limit.TryFormat(text, out var length);
        response.Add("x-ratelimit-limit"u8, text[..length]);
        remaining.TryFormat(text, out length);
        response.Add("x-ratelimit-remaining"u8, text[..length]);
        reset.TryFormat(text, out length);
        response.Add("x-ratelimit-reset"u8, text[..length]);
    }
}
