using System.Globalization;
using System.Text;
using Lateen.Http;

namespace Lateen.Proxy.HttpCaching;

/// <summary>A stored response. Immutable.</summary>
/// <param name="Headers">As they came, the status among them.</param>
/// <param name="Body">Empty when there is none.</param>
/// <param name="Trailers">Empty when there are none.</param>
/// <param name="ResponseSeconds">When it came, in seconds since the Unix epoch.</param>
internal sealed record CacheEntry(HeaderMap Headers, byte[] Body, HeaderMap Trailers, long ResponseSeconds)
{
    private static readonly string[] _dateFormats =
    [
        "ddd, dd MMM yyyy HH:mm:ss 'GMT'", "dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy",
        "ddd MMM  d HH:mm:ss yyyy",
    ];

    /// <summary>What it weighs in the cache.</summary>
    public int ByteSize => Headers.ByteSize + Body.Length + Trailers.ByteSize;

    /// <summary>Age in seconds (RFC 9111, section 4.2.3).</summary>
    public long AgeAt(long nowSeconds)
    {
        var apparent = Math.Max(0, ResponseSeconds - (DateOf(Headers.Get(HeaderId.Date)) ?? 0));
        var told = long.TryParse(
            Text(Headers, "age"u8), NumberStyles.None, CultureInfo.InvariantCulture, out var age) ? age : 0;
        return Math.Max(apparent, told) + Math.Max(0, nowSeconds - ResponseSeconds);
    }

    /// <summary>Whether the origin must be asked before the response is used again.</summary>
    public bool RequiresValidation(CacheDirectives request, long nowSeconds)
    {
        var response = CacheDirectives.OfResponse(Text(Headers, "cache-control"u8));
        var age = AgeAt(nowSeconds);
        if (response.MustValidate || request.MustValidate || request.MaxAge < age)
        {
            return true;
        }
        var lifetime = response.MaxAge
            ?? (DateOf(HeaderValue(Headers, "expires"u8)) ?? 0) - (DateOf(Headers.Get(HeaderId.Date)) ?? 0);
        return age > lifetime
            ? response.NoStale || request.MaxStale is not { } stale || stale <= age - lifetime
            : request.MinFresh > lifetime - age;
    }

    /// <summary>Seconds since the Unix epoch of a date header; null when it is none.</summary>
    public static long? DateOf(ReadOnlySpan<byte> text) => DateTimeOffset.TryParseExact(
        Encoding.Latin1.GetString(text), _dateFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
        out var date) ? date.ToUnixTimeSeconds() : null;

    internal static string Text(HeaderMap headers, ReadOnlySpan<byte> name) =>
        Encoding.Latin1.GetString(HeaderValue(headers, name));

    internal static ReadOnlySpan<byte> HeaderValue(HeaderMap headers, ReadOnlySpan<byte> name)
    {
        var index = headers.IndexOf(name);
        return index < 0 ? default : headers.GetValue(index);
    }
}
