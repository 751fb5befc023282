using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.HttpCaching;

/// <summary>What may be served from the cache and what may be kept there.</summary>
internal static class CacheRules
{
    private static readonly int[] _cacheableStatus = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 451, 501];

    /// <summary>Whether a request without a body may be answered from the cache.</summary>
    public static bool CanServe(HeaderMap request)
    {
        var method = request.Get(HeaderId.Method);
        return (method.SequenceEqual("GET"u8) || method.SequenceEqual("HEAD"u8))
            && request.Contains(HeaderId.Path) && request.Contains(HeaderId.Authority)
            && !request.Contains(HeaderId.Authorization) && request.IndexOf("if-none-match"u8) < 0
            && request.IndexOf("if-modified-since"u8) < 0 && request.IndexOf("if-range"u8) < 0
            && request.Get(HeaderId.Scheme) is var scheme
            && (scheme.SequenceEqual("http"u8) || scheme.SequenceEqual("https"u8));
    }

    /// <summary>Whether a response may be kept: it says how long it is fresh, and varies by allowed headers
    /// only.</summary>
    public static bool CanKeep(HeaderMap response, int status, StringMatcher[] allowedVary)
    {
        var directives = CacheDirectives.OfResponse(CacheEntry.Text(response, "cache-control"u8));
        var saysWhen = directives.MustValidate || directives.MaxAge is not null
            || (response.Contains(HeaderId.Date) && response.IndexOf("expires"u8) >= 0);
        return !directives.NoStore && saysWhen && Array.IndexOf(_cacheableStatus, status) >= 0
            && Array.TrueForAll(VaryOf(response), name => name != "*"
                && Array.Exists(allowedVary, rule => rule.IsMatch(Encoding.Latin1.GetBytes(name))));
    }

    /// <summary>Under what responses to a request are kept.</summary>
    public static string KeyOf(HeaderMap request) =>
        $"{Text(request.Get(HeaderId.Scheme))}\n{Text(request.Get(HeaderId.Authority))}\n"
        + Text(request.Get(HeaderId.Path));

    /// <summary>Under what one variant is kept.</summary>
    public static string VariantKey(string key, string[] vary, HeaderMap request)
    {
        var text = new StringBuilder(key).Append("\nvary-id\n");
        foreach (var name in vary)
        {
            text.Append(name).Append('\r');
            var bytes = Encoding.Latin1.GetBytes(name.ToLowerInvariant());
            for (var i = request.IndexOf(bytes); i >= 0; i = request.IndexOf(bytes, i + 1))
            {
                text.Append(Text(request.GetValue(i))).Append('\r');
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>The names that a response varies by, sorted.</summary>
    public static string[] VaryOf(HeaderMap response)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        for (var i = response.IndexOf("vary"u8); i >= 0; i = response.IndexOf("vary"u8, i + 1))
        {
            names.UnionWith(Text(response.GetValue(i)).Split(
                ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
        return [.. names];
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
