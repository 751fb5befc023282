using System.Globalization;
using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>What an HTTP rule does with a request: redirect, answer, rewrite, retry, CORS.</summary>
internal static class HttpActionRules
{
    private const int LargeBody = 100 * 1024;
    private const int MaxBody = 1024 * 1024;

    private static readonly string[] _retryOn =
    [
        "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "retriable-4xx", "refused-stream",
        "retriable-status-codes", "retriable-headers", "envoy-ratelimited", "http3-post-connect-failure", "cancelled",
        "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
    ];

    private static readonly string[] _methods =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"];

    public static void Redirect(Findings findings, HTTPRedirect? redirect, string path)
    {
        const string code = "virtualService.http.redirect";
        if (redirect is null)
        {
            return;
        }

        findings.Require(
            redirect.Uri.Length + redirect.PrefixRewrite.Length + redirect.Authority.Length + redirect.Scheme.Length > 0
                || redirect.RedirectPortCase != HTTPRedirect.RedirectPortOneofCase.None,
            path, code, "a redirect changes something: uri, prefixRewrite, authority, scheme or port");
        findings.Require(redirect.Uri.Length == 0 || redirect.PrefixRewrite.Length == 0, path, code,
            "uri and prefixRewrite exclude each other");
        findings.Require(redirect.Scheme is "" or "http" or "https", NodePath.Field(path, "scheme"), code,
            $"\"{redirect.Scheme}\" is neither http nor https");
        findings.Require(redirect.RedirectCode is 0 or (>= 300 and <= 399), NodePath.Field(path, "redirectCode"), code,
            $"{redirect.RedirectCode} is no status of a redirect: 301, 302, 303, 307 or 308");
        if (redirect.HasPort)
        {
            CommonRules.Port(findings, redirect.Port, NodePath.Field(path, "port"));
        }
    }

    public static void DirectResponse(Findings findings, HTTPDirectResponse? response, string path)
    {
        const string code = "virtualService.http.directResponse";
        if (response is null)
        {
            return;
        }

        Status(findings, response.Status, NodePath.Field(path, "status"), code);
        var size = response.Body is not { } body ? 0
            : body.HasText ? System.Text.Encoding.UTF8.GetByteCount(body.String) : body.HasBytes ? body.Bytes.Length
                : 0;
        if (size > MaxBody)
        {
            findings.Error(NodePath.Field(path, "body"), code, $"the body is larger than {MaxBody} bytes");
        }
        else if (size > LargeBody)
        {
            findings.Warning(NodePath.Field(path, "body"), code, "a large body is kept in the memory of every proxy");
        }
    }

    public static void Rewrite(Findings findings, HTTPRewrite? rewrite, string path)
    {
        const string code = "virtualService.http.rewrite";
        if (rewrite is null)
        {
            return;
        }

        findings.Require(rewrite.Uri.Length > 0 || rewrite.Authority.Length > 0 || rewrite.UriRegexRewrite is not null,
            path, code, "a rewrite changes something: uri, uriRegexRewrite or authority");
        findings.Require(rewrite.Uri.Length == 0 || rewrite.UriRegexRewrite is null, path, code,
            "uri and uriRegexRewrite exclude each other");
        if (rewrite.UriRegexRewrite is { } regex)
        {
            var at = NodePath.Field(path, "uriRegexRewrite");
            findings.Require(regex.Match.Length > 0 && regex.Rewrite.Length > 0, at, code,
                "both match and rewrite are needed");
            if (Lexical.Regex(regex.Match) is { } problem)
            {
                findings.Error(NodePath.Field(at, "match"), code, problem);
            }
        }
    }

    public static void Retry(Findings findings, HTTPRetry? retry, string path)
    {
        const string code = "virtualService.http.retries";
        if (retry is null)
        {
            return;
        }

        findings.Require(retry.Attempts >= 0, NodePath.Field(path, "attempts"), code, "attempts are not negative");
        var isSet =
            retry.PerTryTimeout is not null || retry.RetryOn.Length > 0 || retry.RetryRemoteLocalities is not null;
        findings.Require(retry.Attempts != 0 || !isSet, path, code,
            "0 attempts turn retries off, so nothing else can be set", "Set attempts, or remove the other fields.");
        CommonRules.Duration(findings, retry.PerTryTimeout, NodePath.Field(path, "perTryTimeout"));
        CommonRules.Duration(findings, retry.Backoff, NodePath.Field(path, "backoff"));
        foreach (var condition in retry.RetryOn.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var isStatus = int.TryParse(condition, NumberStyles.None, CultureInfo.InvariantCulture, out var status)
                && status is >= 100 and <= 599;
            if (!isStatus && !_retryOn.Contains(condition))
            {
                var near = Core.Spelling.Nearest(condition, _retryOn);
                findings.Error(NodePath.Field(path, "retryOn"), code, $"\"{condition}\" is no condition to retry on",
                    near is null
                        ? $"Conditions are status codes and: {string.Join(", ", _retryOn)}."
                        : $"Did you mean {near}?");
            }
        }
    }

    public static void Cors(Findings findings, CorsPolicy? cors, string path)
    {
        const string code = "virtualService.http.corsPolicy";
        if (cors is null)
        {
            return;
        }

        for (var i = 0; i < cors.AllowOrigins.Count; i++)
        {
            var (origin, at) = (cors.AllowOrigins[i], NodePath.Item(NodePath.Field(path, "allowOrigins"), i));
            var text = origin.HasExact ? origin.Exact : origin.HasPrefix ? origin.Prefix : origin.Regex;
            findings.Require(text.Length > 0, at, code, "an origin to match by is not empty");
            if (origin.HasRegex && Lexical.Regex(text) is { } problem)
            {
                findings.Error(NodePath.Field(at, "regex"), code, problem);
            }
        }

        for (var i = 0; i < cors.AllowMethods.Count; i++)
        {
            findings.Require(_methods.Contains(cors.AllowMethods[i]),
                NodePath.Item(NodePath.Field(path, "allowMethods"), i), code,
                    $"\"{cors.AllowMethods[i]}\" is no HTTP method");
        }

        foreach (var (field, names) in new[] { ("allowHeaders", cors.AllowHeaders),
            ("exposeHeaders", cors.ExposeHeaders) })
        {
            for (var i = 0; i < names.Count; i++)
            {
                findings.Require(names[i] == "*" || HeaderRules.IsToken(names[i]),
                    NodePath.Item(NodePath.Field(path, field), i), code, $"\"{names[i]}\" is no valid header name");
            }
        }

        CommonRules.Duration(findings, cors.MaxAge, NodePath.Field(path, "maxAge"));
        findings.Require((cors.MaxAge?.Nanos ?? 0) == 0, NodePath.Field(path, "maxAge"), code,
            "maxAge is whole seconds");
    }

    public static void Status(Findings findings, long status, string path, string code) =>
        findings.Require(status is >= 200 and <= 600, path, code, $"{status} is no HTTP status: 200 to 600");
}
