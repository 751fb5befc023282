using System.Text.RegularExpressions;
using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Names and values of HTTP headers in rules.</summary>
internal static partial class HeaderRules
{
    private const string Code = "http.headers";
    private const string ClaimPrefix = "@request.auth.claims";

    public static bool IsToken(string name) => Token().IsMatch(name);

    public static bool IsStrictName(string name) => StrictName().IsMatch(name);

    /// <summary>Whether a key to match headers by refers to a claim of the caller's token instead.</summary>
    public static bool IsClaim(string key) =>
        key.StartsWith(ClaimPrefix + ".", StringComparison.OrdinalIgnoreCase)
        || key.StartsWith(ClaimPrefix + "[", StringComparison.OrdinalIgnoreCase);

    /// <summary>What is wrong with a key to match headers by.</summary>
    public static string? MatchKey(string key)
    {
        if (key.Length == 0)
        {
            return "a header has a name";
        }

        if (key.StartsWith('@'))
        {
            return IsClaim(key) ? null : "only @request.auth.claims can be referred to";
        }

        return IsToken(key) || key is ":method" or ":scheme" or ":authority" or ":path" or ":status"
            ? null
            : $"\"{key}\" is no valid header name";
    }

    public static void Operations(Findings findings, Headers? headers, string path)
    {
        if (headers is null)
        {
            return;
        }

        One(findings, headers.Request, NodePath.Field(path, "request"), isRequest: true);
        One(findings, headers.Response, NodePath.Field(path, "response"), isRequest: false);
    }

    /// <summary>How often the authority is set by header operations of a request.</summary>
    public static int CountAuthority(Headers? headers) =>
        headers?.Request is not { } request ? 0
            : request.Set.Keys.Concat(request.Add.Keys).Count(k => k.ToLowerInvariant() is "host" or ":authority");

    private static void One(Findings findings, Headers.Types.HeaderOperations? operations, string path, bool isRequest)
    {
        foreach (var (name, value) in operations?.Set ?? [])
        {
            Change(findings, name, value, NodePath.Key(NodePath.Field(path, "set"), name), isRequest);
        }

        foreach (var (name, value) in operations?.Add ?? [])
        {
            Change(findings, name, value, NodePath.Key(NodePath.Field(path, "add"), name), isRequest);
        }

        for (var i = 0; i < (operations?.Remove.Count ?? 0); i++)
        {
            Name(findings, operations!.Remove[i], NodePath.Item(NodePath.Field(path, "remove"), i), authority: false);
        }
    }

    private static void Change(Findings findings, string name, string value, string path, bool isRequest)
    {
        Name(findings, name, path, isRequest);
        if (Value(value) is { } problem)
        {
            findings.Error(path, Code, problem);
        }
    }

    private static void Name(Findings findings, string name, string path, bool authority)
    {
        if (name.Length == 0)
        {
            findings.Error(path, Code, "a header has a name");
            return;
        }

        if (authority && name.ToLowerInvariant() is "host" or ":authority")
        {
            return;
        }

        if (name.Equals("host", StringComparison.OrdinalIgnoreCase))
        {
            findings.Error(path, Code, "the header host cannot be changed here", "Use rewrite.authority.");
        }
        else if (name.StartsWith(':'))
        {
            findings.Error(path, Code, $"the pseudo header \"{name}\" cannot be changed");
        }
    }

    private static string? Value(string value)
    {
        if (value.Any(c => char.IsControl(c) && c != '\t'))
        {
            return "a header value must not have control characters";
        }

        return PercentRun().IsMatch(value)
            ? null
            : "\"%\" begins a command such as %REQ(x-user)%; write \"%%\" for the character itself";
    }

    [GeneratedRegex("^[!#$%&'*+\\-.^_`|~0-9A-Za-z]+$")]
    private static partial Regex Token();

    [GeneratedRegex("^[-_A-Za-z0-9]+$")]
    private static partial Regex StrictName();

    // Text without percent signs, doubled ones, and whole commands with optional arguments and length.
    [GeneratedRegex("^([^%]|%%|%[A-Z_0-9]+(\\([^%]*\\))?(:[0-9]+)?%)*$")]
    private static partial Regex PercentRun();
}
