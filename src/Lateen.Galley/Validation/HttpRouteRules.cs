using Google.Protobuf.Collections;
using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>HTTP rules of a VirtualService.</summary>
internal sealed class HttpRouteRules(Findings findings, bool isDelegate, bool gatewayOnly)
{
    private const string Code = "virtualService.http";
    private const string MatchCode = "virtualService.http.match";

    public void Validate(HTTPRoute route, string path)
    {
        Actions(route, path);
        var containsPrefix = true;
        for (var i = 0; i < route.Match.Count; i++)
        {
            Match(route.Match[i], NodePath.Item(NodePath.Field(path, "match"), i));
            var uri = route.Match[i].Uri;
            containsPrefix &= uri is null || uri.MatchTypeCase == StringMatch.MatchTypeOneofCase.Prefix;
        }

        if (route.Redirect is { PrefixRewrite.Length: > 0 } && !containsPrefix)
        {
            findings.Error(NodePath.Field(path, "redirect.prefixRewrite"), Code,
                "prefixRewrite replaces a matched prefix, but a match of this rule is no prefix",
                "Match by uri.prefix, or use redirect.uri.");
        }

        HeaderRules.Operations(findings, route.Headers, NodePath.Field(path, "headers"));
        Destinations(route, path);
        HttpActionRules.Redirect(findings, route.Redirect, NodePath.Field(path, "redirect"));
        HttpActionRules.DirectResponse(findings, route.DirectResponse, NodePath.Field(path, "directResponse"));
        HttpActionRules.Rewrite(findings, route.Rewrite, NodePath.Field(path, "rewrite"));
        HttpActionRules.Retry(findings, route.Retries, NodePath.Field(path, "retries"));
        HttpActionRules.Cors(findings, route.CorsPolicy, NodePath.Field(path, "corsPolicy"));
        FaultRules.Validate(findings, route.Fault, NodePath.Field(path, "fault"));
        CommonRules.Duration(findings, route.Timeout, NodePath.Field(path, "timeout"));
        Mirrors(route, path);
    }

    public static void GatewayNames(Findings findings, RepeatedField<string> gateways, string path)
    {
        const string code = "virtualService.gateways";
        for (var i = 0; i < gateways.Count; i++)
        {
            var (name, at) = (gateways[i], NodePath.Item(path, i));
            var parts = name.Split('/');
            if (parts.Length == 1)
            {
                if (Lexical.Fqdn(name) is { } problem)
                {
                    findings.Error(at, code, $"\"{name}\" is no gateway: {problem}");
                }
                else if (name.Contains('.', StringComparison.Ordinal))
                {
                    findings.Warning(at, code, $"\"{name}\" names a gateway by its domain, which is an old form",
                        "Write namespace/name.");
                }
            }
            else if (parts.Length != 2 || !parts.All(Lexical.IsDnsLabel))
            {
                findings.Error(at, code, $"\"{name}\" is no gateway", "Write namespace/name, or name.");
            }
        }
    }

    private void Actions(HTTPRoute route, string path)
    {
        if (route.Delegate is not null)
        {
            findings.Require(!isDelegate, NodePath.Field(path, "delegate"), Code,
                "a delegate cannot delegate further");
            findings.Require(route.Route.Count == 0 && route.Redirect is null && route.DirectResponse is null, path,
                Code,
                "a rule that delegates has no route, redirect or directResponse of its own");
            foreach (var (field, name) in new[] { ("name", route.Delegate.Name),
                ("namespace", route.Delegate.Namespace) })
            {
                findings.Require(name.Length == 0 || Lexical.IsDnsLabel(name),
                    NodePath.Field(path, $"delegate.{field}"),
                    Code, $"\"{name}\" is no valid {field}");
            }

            return;
        }

        var given = new List<string>();
        AddIf(given, route.Route.Count > 0, "route");
        AddIf(given, route.Redirect is not null, "redirect");
        AddIf(given, route.DirectResponse is not null, "directResponse");
        if (given.Count == 0)
        {
            findings.Error(path, Code, "a rule needs one of route, redirect, directResponse or delegate");
        }
        else if (given.Count > 1)
        {
            findings.Error(path, Code, $"a rule has only one of {string.Join(" and ", given)}", "Keep one of them.");
        }

        if (route.Redirect is not null || route.DirectResponse is not null)
        {
            var answer = route.Redirect is not null ? "redirect" : "directResponse";
            findings.Require(route.Fault is null, NodePath.Field(path, "fault"), Code,
                $"fault has no meaning with {answer}");
            findings.Require(route.Rewrite is null, NodePath.Field(path, "rewrite"), Code,
                $"rewrite has no meaning with {answer}");
        }
    }

    private static void AddIf(List<string> list, bool condition, string name)
    {
        if (condition)
        {
            list.Add(name);
        }
    }

    private void Destinations(HTTPRoute route, string path)
    {
        long total = 0;
        for (var i = 0; i < route.Route.Count; i++)
        {
            var (target, at) = (route.Route[i], NodePath.Item(NodePath.Field(path, "route"), i));
            CommonRules.Destination(findings, target.Destination, NodePath.Field(at, "destination"));
            HeaderRules.Operations(findings, target.Headers, NodePath.Field(at, "headers"));
            findings.Require(target.Weight >= 0, NodePath.Field(at, "weight"), Code, "a weight is not negative");
            total += target.Weight;
            // What a destination sets stands in for what its route sets; either excludes a rewrite.
            var authorities = Math.Max(
                HeaderRules.CountAuthority(target.Headers), HeaderRules.CountAuthority(route.Headers))
                + (route.Rewrite is { Authority.Length: > 0 } ? 1 : 0);
            findings.Require(authorities <= 1, at, Code, "the authority is rewritten in more than one place");
        }

        findings.Require(route.Route.Count < 2 || total > 0, NodePath.Field(path, "route"), Code,
            "the weights add up to 0, so no destination would get a request");
    }

    private void Mirrors(HTTPRoute route, string path)
    {
        findings.Require(route.Mirror is null || route.Mirrors.Count == 0, NodePath.Field(path, "mirrors"), Code,
            "mirror and mirrors exclude each other");
        if (route.Mirror is not null)
        {
            CommonRules.Destination(findings, route.Mirror, NodePath.Field(path, "mirror"));
        }

        for (var i = 0; i < route.Mirrors.Count; i++)
        {
            var at = NodePath.Item(NodePath.Field(path, "mirrors"), i);
            CommonRules.Destination(findings, route.Mirrors[i].Destination, NodePath.Field(at, "destination"));
            CommonRules.Percent(findings, route.Mirrors[i].Percentage?.Value ?? 0, NodePath.Field(at, "percentage"));
        }

        CommonRules.Percent(findings, route.MirrorPercentage?.Value ?? 0, NodePath.Field(path, "mirrorPercentage"));
#pragma warning disable CS0612 // The old field is read to be judged.
        if (route.MirrorPercent is { } old)
#pragma warning restore CS0612
        {
            findings.Require(old <= 100, NodePath.Field(path, "mirrorPercent"), "percentage",
                $"{old} is more than 100");
            findings.Warning(NodePath.Field(path, "mirrorPercent"), "deprecated", "mirrorPercent is an old field",
                "Use mirrorPercentage.");
        }
    }

    private void Match(HTTPMatchRequest match, string path)
    {
        // An empty prefix of a path takes everything, and that on purpose.
        findings.Require(match.Uri is not { HasRegex: true, Regex.Length: 0 }, NodePath.Field(path, "uri.regex"),
            MatchCode,
            "a regex to match by is not empty");
        Regex(match.Uri, NodePath.Field(path, "uri"));
        NotEmpty(match.Scheme, NodePath.Field(path, "scheme"));
        NotEmpty(match.Method, NodePath.Field(path, "method"));
        NotEmpty(match.Authority, NodePath.Field(path, "authority"));
        Headers(match.Headers, NodePath.Field(path, "headers"), starAllowed: false);
        Headers(match.WithoutHeaders, NodePath.Field(path, "withoutHeaders"), starAllowed: true);
        foreach (var (name, value) in match.QueryParams)
        {
            NotEmpty(value, NodePath.Key(NodePath.Field(path, "queryParams"), name));
        }

        if (match.Port != 0)
        {
            CommonRules.Port(findings, match.Port, NodePath.Field(path, "port"));
        }

        CommonRules.LabelMap(findings, match.SourceLabels, NodePath.Field(path, "sourceLabels"));
        GatewayNames(findings, match.Gateways, NodePath.Field(path, "gateways"));
        findings.Require(match.SourceNamespace.Length == 0 || Lexical.IsDnsLabel(match.SourceNamespace),
            NodePath.Field(path, "sourceNamespace"), MatchCode, $"\"{match.SourceNamespace}\" is no namespace");
    }

    // The pattern "*" is no regular expression, but stands for any value where a header must not be present.
    private void Headers(MapField<string, StringMatch> headers, string path, bool starAllowed)
    {
        foreach (var (name, value) in headers)
        {
            var at = NodePath.Key(path, name);
            if (HeaderRules.MatchKey(name) is { } problem)
            {
                findings.Error(at, MatchCode, problem);
            }

            if (HeaderRules.IsClaim(name) && !gatewayOnly)
            {
                findings.Error(at, MatchCode, "claims of tokens can be matched at gateways only",
                    "Bind the VirtualService to gateways other than mesh.");
            }

            if (!(starAllowed && value is { HasRegex: true, Regex: "*" }))
            {
                Regex(value, at);
            }
        }
    }

    // An empty prefix or pattern would match nothing or everything by accident.
    private void NotEmpty(StringMatch? match, string path)
    {
        var isEmpty = match is { HasPrefix: true, Prefix.Length: 0 } or { HasRegex: true, Regex.Length: 0 };
        findings.Require(!isEmpty, path, MatchCode, "a prefix or regex to match by is not empty");
        Regex(match, path);
    }

    private void Regex(StringMatch? match, string path)
    {
        if (match is { HasRegex: true } && Lexical.Regex(match.Regex) is { } problem)
        {
            findings.Error(NodePath.Field(path, "regex"), MatchCode, problem);
        }
    }
}
