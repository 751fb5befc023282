using Istio.Security.V1Beta1;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of the conditions of an AuthorizationPolicy.</summary>
internal static class ConditionRules
{
    private const string Code = "authorizationPolicy.when";

    private static readonly string[] _plainKeys =
    [
        "source.ip", "remote.ip", "source.namespace", "source.serviceAccount", "source.principal", "source.trustDomain",
        "request.auth.principal", "request.auth.audiences", "request.auth.presenter", "destination.ip",
        "destination.port", "connection.sni",
    ];

    private static readonly string[] _mapKeys =
        ["request.headers", "request.auth.claims"];

    private static readonly string[] _notCustom =
        ["source.namespace", "source.serviceAccount", "source.principal", "source.trustDomain"];

    public static void Validate(Findings findings, Condition condition, bool isCustom, string path)
    {
        var key = NodePath.Field(path, "key");
        Key(findings, condition.Key, key);
        findings.Require(condition.Values.Count + condition.NotValues.Count > 0, path, Code,
            "a condition has values or notValues");
        foreach (var (name, values) in new[] { ("values", condition.Values), ("notValues", condition.NotValues) })
        {
            for (var i = 0; i < values.Count; i++)
            {
                Value(findings, condition.Key, values[i], NodePath.Item(NodePath.Field(path, name), i));
            }
        }

        var unsupported = _notCustom.Contains(condition.Key)
            || condition.Key.StartsWith("request.auth.", StringComparison.Ordinal);
        findings.Require(!isCustom || !unsupported, key, Code, $"action CUSTOM does not support {condition.Key}");
    }

    private static void Key(Findings findings, string key, string path)
    {
        if (key.Length == 0)
        {
            findings.Error(path, Code, "a condition has a key");
            return;
        }

        if (_plainKeys.Contains(key))
        {
            return;
        }

        var bracket = key.IndexOf('[', StringComparison.Ordinal);
        var name = bracket < 0 ? key : key[..bracket];
        var isMap = _mapKeys.Contains(name) || name.StartsWith("experimental.envoy.filters.", StringComparison.Ordinal);
        if (!isMap)
        {
            var near = Core.Spelling.Nearest(key, _plainKeys);
            findings.Error(path, Code, $"the key \"{key}\" is unknown", near is null
                ? $"Keys are: {string.Join(", ", _plainKeys)}, request.headers[name], request.auth.claims[name]."
                : $"Did you mean {near}?");
        }
        else if (bracket < 0 || key[^1] != ']' || key[bracket..].Contains("[]", StringComparison.Ordinal))
        {
            findings.Error(path, Code, $"the key \"{key}\" needs a name in brackets", $"Write {name}[name].");
        }
    }

    private static void Value(Findings findings, string key, string value, string path)
    {
        if (value.Length == 0)
        {
            findings.Error(path, Code, "the value is empty", "Write \"*\" for any value.");
            return;
        }

        switch (key)
        {
            case "source.ip" or "remote.ip" or "destination.ip":
                findings.Require(Lexical.IsIpOrCidr(value), path, Code, $"\"{value}\" is no IP address and no subnet");
                break;
            case "destination.port":
                AuthorizationRules.Port(findings, value, path, Code);
                break;
            case "source.serviceAccount":
                AuthorizationRules.Account(findings, value, path, Code);
                break;
            case "source.trustDomain":
                AuthorizationRules.TrustDomain(findings, value, path, Code);
                break;
        }
    }
}
