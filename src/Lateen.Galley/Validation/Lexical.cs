using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Galley.Validation;

/// <summary>What names, numbers and addresses look like; each check returns what is wrong, or null.</summary>
internal static partial class Lexical
{
    private const int MaxName = 255;
    private const int MaxLabel = 63;
    private const int MaxLabelPrefix = 253;
    private const int NanosPerMillisecond = 1_000_000;

    private static readonly string[] _protocols =
    [
        "tcp", "udp", "grpc", "grpc-web", "http", "http_proxy", "http2", "https", "tls", "mongo", "redis", "mysql",
    ];

    /// <summary>A DNS label; upper case passes.</summary>
    public static bool IsDnsLabel(string text) => text.Length is > 0 and <= MaxLabel && DnsLabel().IsMatch(text);

    /// <summary>A full or short host name.</summary>
    public static string? Fqdn(string host)
    {
        if (host.Length is 0 or > MaxName)
        {
            return $"a host name has 1 to {MaxName} characters";
        }

        return Labels(TrimDot(host).Split('.'));
    }

    /// <summary>A host name whose first label may be or begin with a wildcard.</summary>
    public static string? WildcardDomain(string host)
    {
        if (host.Length is 0 or > MaxName)
        {
            return $"a host name has 1 to {MaxName} characters";
        }

        var labels = TrimDot(host).Split('.');
        var first = labels[0];
        var rest = first.StartsWith("*-", StringComparison.Ordinal) ? first[2..]
            : first.StartsWith('*') ? first[1..] : first;
        if (first != "*" && !IsDnsLabel(rest))
        {
            return $"\"{first}\" is no DNS label and no wildcard";
        }

        return labels.Length > 1 ? Labels(labels[1..]) : null;
    }

    /// <summary>A wildcard in another place than as the whole first label, such as <c>*foo.com</c>.</summary>
    public static bool IsPartialWildcard(string host) =>
        host.Contains('*', StringComparison.Ordinal) && host != "*" && !host.StartsWith("*.", StringComparison.Ordinal);

    public static bool IsPort(long number) => number is >= 1 and <= 65535;

    public static bool IsIpAddress(string text) =>
        IPAddress.TryParse(text, out var address)
        && (text.Contains(':', StringComparison.Ordinal) ? !text.Contains('[', StringComparison.Ordinal)
            : text.Split('.').Length == 4 && address.ToString() == text);

    /// <summary>An address, or an address with a prefix length.</summary>
    public static bool IsIpOrCidr(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return IsIpAddress(text);
        }

        return IsIpAddress(text[..slash])
            && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var prefix)
            && prefix <= (text.Contains(':', StringComparison.Ordinal) ? 128 : 32);
    }

    public static bool IsUnix(string text) => text.StartsWith("unix://", StringComparison.Ordinal);

    /// <summary>A Unix socket's address, its scheme included: an absolute path or an abstract name.</summary>
    public static string? UnixAddress(string text)
    {
        var path = text["unix://".Length..];
        if (path.Length == 0)
        {
            return "a Unix address needs a path";
        }

        return path[0] == '@' || (path[0] == '/' && path[^1] != '/')
            ? null
            : "a Unix address is an absolute path to a file, or begins with '@'";
    }

    /// <summary>At least a millisecond, and whole milliseconds.</summary>
    public static string? Duration(Duration duration)
    {
        if (duration.Seconds < 0 || duration.Nanos < 0
            || (duration.Seconds == 0 && duration.Nanos < NanosPerMillisecond))
        {
            return "a duration must be at least 1ms";
        }

        return duration.Nanos % NanosPerMillisecond != 0 ? "a duration must be a whole number of milliseconds" : null;
    }

    /// <summary>A regular expression of RE2.</summary>
    public static string? Regex(string pattern) => Re2Syntax.Check(pattern);

    /// <summary>The protocol in lower case; null for an unknown one. Empty means that the proxy finds out.</summary>
    public static string? Protocol(string text)
    {
        var lower = text.ToLowerInvariant();
        return lower.Length == 0 || _protocols.Contains(lower) ? lower : null;
    }

    public static bool IsHttp(string? protocol) =>
        protocol is "http" or "http2" or "http_proxy" or "grpc" or "grpc-web";

    public static bool IsTls(string? protocol) => protocol is "https" or "tls";

    /// <summary>One label of an object: what is wrong with its key or value.</summary>
    public static string? Label(string key, string value)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var name = slash < 0 ? key : key[(slash + 1)..];
        if (name.Length is 0 or > MaxLabel || !QualifiedName().IsMatch(name))
        {
            return $"\"{key}\" is no valid label key";
        }

        if (slash >= 0 && (slash is 0 or > MaxLabelPrefix || Labels(key[..slash].Split('.')) is not null))
        {
            return $"the prefix of the label key \"{key}\" is no DNS name";
        }

        return value.Length == 0 || (value.Length <= MaxLabel && QualifiedName().IsMatch(value))
            ? null
            : $"\"{value}\" is no valid label value";
    }

    private static string TrimDot(string host) => host.Length > 1 && host[^1] == '.' ? host[..^1] : host;

    private static string? Labels(string[] labels)
    {
        foreach (var label in labels)
        {
            if (!IsDnsLabel(label))
            {
                return $"\"{label}\" is no DNS label";
            }
        }

        return labels[^1].All(char.IsAsciiDigit) && labels.Length >= 1
            ? $"the last part \"{labels[^1]}\" of a host name must not be a number"
            : null;
    }

    [GeneratedRegex("^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$")]
    private static partial Regex DnsLabel();

    [GeneratedRegex("^[A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?$")]
    private static partial Regex QualifiedName();
}
