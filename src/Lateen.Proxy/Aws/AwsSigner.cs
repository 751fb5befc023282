using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Aws;

/// <summary>
/// Signs requests by AWS Signature Version 4, in headers or in the query. Immutable but for the day's key; any thread
/// may call it.
/// </summary>
internal sealed class AwsSigner
{
    /// <summary>SHA-256 of nothing.</summary>
    public const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// <summary>Stands for the hash of a body that is not signed.</summary>
    public const string Unsigned = "UNSIGNED-PAYLOAD";

    private const string Algorithm = "AWS4-HMAC-SHA256";
    private static readonly HeaderName Authorization = HeaderName.Create("authorization");
    private static readonly HeaderName Token = HeaderName.Create("x-amz-security-token");
    private static readonly HeaderName Date = HeaderName.Create("x-amz-date");
    private static readonly HeaderName BodyHash = HeaderName.Create("x-amz-content-sha256");

    private static readonly string[] QueryNames =
    [
        "X-Amz-Algorithm", "X-Amz-Date", "X-Amz-Expires", AwsCanonical.TokenParameter, "X-Amz-Credential",
        "X-Amz-SignedHeaders", "X-Amz-Signature",
    ];

    private volatile DayKey? _dayKey;

    public required string Service { get; init; }

    public required string Region { get; init; }

    /// <summary>Null: requests go out unsigned, as in Envoy.</summary>
    public AwsCredentials? Credentials { get; init; }

    /// <summary>Headers that are signed beside those that must be; none: all but <see cref="Excluded"/>.</summary>
    public StringMatcher[] Included { get; init; } = [];

    public StringMatcher[] Excluded { get; init; } = [];

    /// <summary>Seconds for which a signature in the query holds; zero: it is in headers.</summary>
    public int QuerySeconds { get; init; }

    /// <summary>Signs a request.</summary>
    /// <param name="request">Gets the signature.</param>
    /// <param name="bodyHash">SHA-256 of the body in hexadecimal digits, or <see cref="Unsigned"/>.</param>
    /// <param name="hasBody">The hash is that of a body: it is told in headers only.</param>
    /// <param name="unixNanos">Now, in nanoseconds since 1970.</param>
    public void Sign(HeaderMap request, string bodyHash, bool hasBody, long unixNanos)
    {
        if (QuerySeconds == 0 || !hasBody)
        {
            request.Set(BodyHash, Encoding.ASCII.GetBytes(bodyHash));
        }
        if (Credentials is not { } credentials)
        {
            return;
        }
        var time = DateTime.UnixEpoch.AddTicks(unixNanos / 100)
            .ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = $"{time[..8]}/{Region}/{Service}/aws4_request";
        if (QuerySeconds == 0)
        {
            SignHeaders(request, bodyHash, credentials, time, scope);
        }
        else
        {
            SignQuery(request, bodyHash, credentials, time, scope);
        }
    }

    private void SignHeaders(
        HeaderMap request, string bodyHash, AwsCredentials credentials, string time, string scope)
    {
        request.Remove(Authorization);
        request.Remove(Token);
        if (credentials.SessionToken.Length > 0)
        {
            request.Set(Token, Encoding.UTF8.GetBytes(credentials.SessionToken));
        }
        request.Set(Date, Encoding.ASCII.GetBytes(time));
        var headers = AwsCanonical.Headers(request, Included, Excluded);
        var path = Encoding.Latin1.GetString(request.Get(HeaderId.Path));
        var signature = Signature(request, path, headers, bodyHash, time, scope);
        request.Set(Authorization, Encoding.Latin1.GetBytes(
            $"{Algorithm} Credential={credentials.AccessKeyId}/{scope}, "
                + $"SignedHeaders={string.Join(';', headers.Keys)}, Signature={signature}"));
    }

    private void SignQuery(
        HeaderMap request, string bodyHash, AwsCredentials credentials, string time, string scope)
    {
        var headers = AwsCanonical.Headers(request, Included, Excluded);
        var path = Encoding.Latin1.GetString(request.Get(HeaderId.Path));
        var parameters = QueryParameters.Parse(path, false);
        foreach (var name in QueryNames)
        {
            // Of the attempt before: two of a name are refused.
            parameters.Remove(name);
        }
        parameters.Add("X-Amz-Algorithm", Algorithm);
        parameters.Add("X-Amz-Date", time);
        parameters.Add("X-Amz-Expires", QuerySeconds.ToString(CultureInfo.InvariantCulture));
        if (credentials.SessionToken.Length > 0)
        {
            parameters.Add(AwsCanonical.TokenParameter, AwsCanonical.Encode(credentials.SessionToken));
        }
        parameters.Add("X-Amz-Credential", AwsCanonical.Encode($"{credentials.AccessKeyId}/{scope}"));
        parameters.Add("X-Amz-SignedHeaders", AwsCanonical.Encode(string.Join(';', headers.Keys)));
        path = parameters.Replace(path);
        parameters.Add("X-Amz-Signature", Signature(request, path, headers, bodyHash, time, scope));
        request.Set(HeaderId.Path, Encoding.Latin1.GetBytes(parameters.Replace(path)));
    }

    private string Signature(
        HeaderMap request, string path, SortedDictionary<string, string> headers, string bodyHash, string time,
        string scope)
    {
        var method = Encoding.Latin1.GetString(request.Get(HeaderId.Method));
        var canonical = AwsCanonical.Request(method, path, headers, bodyHash, Service);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.Latin1.GetBytes(canonical)));
        return Convert.ToHexStringLower(Hmac(KeyOf(time[..8]), $"{Algorithm}\n{time}\n{scope}\n{hash}"));
    }

    /// <summary>The key of a day, derived once.</summary>
    private byte[] KeyOf(string day)
    {
        if (_dayKey is { } held && held.Day == day)
        {
            return held.Key;
        }
        var key = Hmac(Encoding.UTF8.GetBytes("AWS4" + Credentials!.SecretKey), day);
        key = Hmac(Hmac(Hmac(key, Region), Service), "aws4_request");
        _dayKey = new DayKey(day, key);
        return key;
    }

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private sealed record DayKey(string Day, byte[] Key);
}
