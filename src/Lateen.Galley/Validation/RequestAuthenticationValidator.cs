using System.Text.Json;
using Istio.Security.V1Beta1;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of RequestAuthentication.</summary>
internal static class RequestAuthenticationValidator
{
    private const string Code = "requestAuthentication";
    private const int MaxRules = 4096;
    private const int MaxUri = 2048;
    private const int MaxSpaceDelimited = 64;

    private static readonly string[] _privateParts = ["d", "p", "q", "dp", "dq", "qi", "k"];

    public static void Validate(Findings findings)
    {
        var policy = findings.Subject.As<RequestAuthentication>();
        CommonRules.Targets(findings, policy.Selector, policy.TargetRef, policy.TargetRefs);
        findings.Require(policy.JwtRules.Count <= MaxRules, "spec.jwtRules", Code,
            $"at most {MaxRules} rules are possible");
        for (var i = 0; i < policy.JwtRules.Count; i++)
        {
            Rule(findings, policy.JwtRules[i], NodePath.Item("spec.jwtRules", i));
        }
    }

    private static void Rule(Findings findings, JWTRule rule, string path)
    {
        findings.Require(rule.Issuer.Length > 0 || rule.JwksUri.Length > 0, NodePath.Field(path, "issuer"), Code,
            "a rule names an issuer or a jwksUri");
        findings.Require(rule.JwksUri.Length == 0 || rule.Jwks.Length == 0, NodePath.Field(path, "jwks"), Code,
            "jwks and jwksUri exclude each other");
        foreach (var (name, values) in new[]
        {
            ("audiences", rule.Audiences), ("fromParams", rule.FromParams), ("fromCookies", rule.FromCookies),
        })
        {
            for (var i = 0; i < values.Count; i++)
            {
                findings.Require(values[i].Length > 0, NodePath.Item(NodePath.Field(path, name), i), Code,
                    "the value is empty");
            }
        }

        if (rule.JwksUri.Length > 0)
        {
            var isGood = rule.JwksUri.Length <= MaxUri && Uri.TryCreate(rule.JwksUri, UriKind.Absolute, out var uri)
                && uri.Scheme is "http" or "https" && uri.Host.Length > 0;
            findings.Require(isGood, NodePath.Field(path, "jwksUri"), Code,
                $"\"{rule.JwksUri}\" is no http or https address");
        }

        if (rule.Jwks.Length > 0)
        {
            Keys(findings, rule.Jwks, NodePath.Field(path, "jwks"));
        }

        for (var i = 0; i < rule.FromHeaders.Count; i++)
        {
            findings.Require(rule.FromHeaders[i].Name.Length > 0, NodePath.Item(NodePath.Field(path, "fromHeaders"), i),
                Code, "a header has a name");
        }

        for (var i = 0; i < rule.OutputClaimToHeaders.Count; i++)
        {
            var (output, at) =
                (rule.OutputClaimToHeaders[i], NodePath.Item(NodePath.Field(path, "outputClaimToHeaders"), i));
            findings.Require(output.Claim.Length > 0, NodePath.Field(at, "claim"), Code, "the claim is missing");
            findings.Require(HeaderRules.IsStrictName(output.Header), NodePath.Field(at, "header"), Code,
                $"\"{output.Header}\" is no valid header name");
        }

        findings.Require(rule.SpaceDelimitedClaims.Count <= MaxSpaceDelimited,
            NodePath.Field(path, "spaceDelimitedClaims"),
            Code, $"at most {MaxSpaceDelimited} claims are possible");
        CommonRules.Duration(findings, rule.Timeout, NodePath.Field(path, "timeout"));
    }

    private static void Keys(Findings findings, string text, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("keys", out var keys)
                || keys.ValueKind != JsonValueKind.Array)
            {
                findings.Error(path, Code, "the key set has no \"keys\"", "Write {\"keys\": [...]}.");
                return;
            }

            foreach (var key in keys.EnumerateArray())
            {
                Key(findings, key, path);
            }
        }
        catch (JsonException e)
        {
            findings.Error(path, Code, $"the key set is no valid JSON: {e.Message}");
        }
    }

    private static void Key(Findings findings, JsonElement key, string path)
    {
        var type = key.ValueKind == JsonValueKind.Object && key.TryGetProperty("kty", out var kty)
            && kty.ValueKind == JsonValueKind.String ? kty.GetString() : null;
        string[] needed = type switch
        {
            "RSA" => ["n", "e"],
            "EC" => ["crv", "x", "y"],
            "OKP" => ["crv", "x"],
            "oct" => ["k"],
            _ => [],
        };
        if (needed.Length == 0 || !needed.All(part => key.TryGetProperty(part, out _)))
        {
            findings.Error(path, Code, "a key of the key set cannot be read",
                "Its kty is RSA, EC, OKP or oct, with the parts of that type.");
        }
        else if (type != "oct" && _privateParts.Any(part => key.TryGetProperty(part, out _)))
        {
            findings.Warning(path, Code, "the key set holds a private key", "Keep the public part only.");
        }
    }
}
