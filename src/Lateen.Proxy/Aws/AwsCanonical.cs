using System.Globalization;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Aws;

/// <summary>
/// Requests in the one form that both sides sign. Texts are bytes as Latin-1. Source: "Create a signed AWS API request"
/// of the IAM user guide, and how Envoy reads it.
/// </summary>
internal static class AwsCanonical
{
    /// <summary>Must not be touched twice: it is encoded already.</summary>
    public const string TokenParameter = "X-Amz-Security-Token";

    private static readonly string[] Unchanged = ["s3", "s3-outposts", "s3-express"];

    /// <summary>Headers that are signed, by name: values joined, without blanks that mean nothing.</summary>
    /// <param name="request">The request.</param>
    /// <param name="included">What is signed beside what must be; none: all but those excluded.</param>
    /// <param name="excluded">What is not, beside what proxies change.</param>
    public static SortedDictionary<string, string> Headers(
        HeaderMap request, StringMatcher[] included, StringMatcher[] excluded)
    {
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < request.Count; i++)
        {
            var name = request.GetName(i);
            var value = request.GetValue(i);
            if (value.IsEmpty || name.StartsWith(":"u8) || !IsSigned(name, included, excluded))
            {
                continue;
            }
            var (key, text) = (Encoding.Latin1.GetString(name), WithoutBlanks(Encoding.Latin1.GetString(value)));
            result[key] = result.TryGetValue(key, out var first) ? $"{first},{text}" : text;
        }
        if (request.TryGet(HeaderId.Authority, out var authority) && !authority.IsEmpty)
        {
            var host = Encoding.Latin1.GetString(authority);
            var parts = host.Split(':', StringSplitOptions.RemoveEmptyEntries);
            result.TryAdd("host", parts is [var alone, "80" or "443", ..] ? alone : host);
        }
        return result;
    }

    /// <summary>The whole request as it is hashed.</summary>
    public static string Request(
        string method, string path, SortedDictionary<string, string> headers, string bodyHash, string service)
    {
        var question = path.IndexOf('?', StringComparison.Ordinal);
        var text = new StringBuilder();
        text.Append(method).Append('\n');
        text.Append(Path(question < 0 ? path : path[..question], service)).Append('\n');
        text.Append(question < 0 ? "" : Query(path[(question + 1)..])).Append('\n');
        foreach (var (name, value) in headers)
        {
            text.Append(name).Append(':').Append(value).Append('\n');
        }
        return text.Append('\n').AppendJoin(';', headers.Keys).Append('\n').Append(bodyHash).ToString();
    }

    /// <summary>Percent-encodes all but unreserved characters (RFC 3986, section 2.3).</summary>
    public static string Encode(string text, string kept = "")
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' || kept.Contains(c))
            {
                result.Append(c);
            }
            else
            {
                result.Append('%').Append(((int)c).ToString("X2", CultureInfo.InvariantCulture));
            }
        }
        return result.ToString();
    }

    private static bool IsSigned(ReadOnlySpan<byte> name, StringMatcher[] included, StringMatcher[] excluded)
    {
        if (name.StartsWith("x-amz-"u8) || name.SequenceEqual("content-type"u8))
        {
            return true;
        }
        if (included.Length > 0)
        {
            return ExtAuthz.ExtAuthzConfig.Fits(included, name);
        }
        return !name.SequenceEqual("x-forwarded-for"u8) && !name.SequenceEqual("x-forwarded-proto"u8)
            && !name.SequenceEqual("x-amzn-trace-id"u8) && !ExtAuthz.ExtAuthzConfig.Fits(excluded, name);
    }

    /// <summary>Of several blanks the first stays.</summary>
    private static string WithoutBlanks(string value)
    {
        var result = new StringBuilder(value.Length);
        foreach (var c in value.Trim(' ', '\t'))
        {
            if (c is not (' ' or '\t') || result[^1] is not (' ' or '\t'))
            {
                result.Append(c);
            }
        }
        return result.ToString();
    }

    /// <summary>Services that store objects by path get it as it is; others without empty and dotted segments, and
    /// encoded once more.</summary>
    private static string Path(string path, string service)
    {
        var canonical = Array.Exists(Unchanged, name => name.Equals(service, StringComparison.OrdinalIgnoreCase))
            ? Encode(path, "/%") : Encode(Normalize(path), "/");
        return canonical.Length == 0 ? "/" : canonical;
    }

    /// <summary>Above the root there is another slash, as in Envoy.</summary>
    private static string Normalize(string path)
    {
        var segments = new List<string>();
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == ".." && segments.Count > 0)
            {
                segments.RemoveAt(segments.Count - 1);
            }
            else if (segment != ".")
            {
                segments.Add(segment == ".." ? "/" : segment);
            }
        }
        var result = "/" + string.Join('/', segments);
        return path.EndsWith('/') && result.Length > 1 ? result + '/' : result;
    }

    private static string Query(string query)
    {
        var pairs = new List<(string Name, string Value)>();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (pair, "") : (pair[..equals], pair[(equals + 1)..]);
            pairs.Add(name == TokenParameter ? (name, value) : (Recode(name), Recode(value)));
        }
        pairs.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name) is not 0 and var order
            ? order : string.CompareOrdinal(a.Value, b.Value));
        return string.Join('&', pairs.Select(static pair => $"{pair.Name}={pair.Value}"));
    }

    /// <summary>Decoded and encoded in the one way; a plus is a blank.</summary>
    private static string Recode(string text) => string.Join(
        "%20", text.Split('+').Select(static part => Encode(
            Encoding.Latin1.GetString(PercentText.Decode(Encoding.Latin1.GetBytes(part))))));
}
