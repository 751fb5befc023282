using Istio.Security.V1Beta1;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of AuthorizationPolicy.</summary>
internal static class AuthorizationPolicyValidator
{
    private const string Code = "authorizationPolicy";
    private const int MaxRules = 512;

    public static void Validate(Findings findings)
    {
        var policy = findings.Subject.As<AuthorizationPolicy>();
        CommonRules.Targets(findings, policy.Selector, policy.TargetRef, policy.TargetRefs);
        DryRun(findings, policy);
        if (policy.Action == AuthorizationPolicy.Types.Action.Custom)
        {
            findings.Require(policy.Provider is { Name.Length: > 0 }, "spec.provider.name", Code,
                "action CUSTOM needs a provider", "Name one of the mesh's extensionProviders.");
        }
        else
        {
            findings.Require(policy.Provider is null, "spec.provider", Code, "a provider needs action CUSTOM");
        }

        if (policy.Rules.Count == 0 && policy.Action is AuthorizationPolicy.Types.Action.Deny
            or AuthorizationPolicy.Types.Action.Custom)
        {
            findings.Require(policy.Rules.Count > 0, "spec.rules", Code,
                "a policy of this action without rules never matches",
                    "Add a rule; an empty one, {}, matches everything.");
        }

        findings.Require(policy.Rules.Count <= MaxRules, "spec.rules", Code, $"at most {MaxRules} rules are possible");
        for (var i = 0; i < policy.Rules.Count; i++)
        {
            Rule(findings, policy, policy.Rules[i], NodePath.Item("spec.rules", i));
        }
    }

    private static void DryRun(Findings findings, AuthorizationPolicy policy)
    {
        if (!findings.Subject.Annotations.TryGetValue(MetadataValidator.DryRun, out var value))
        {
            return;
        }

        var path = MetadataValidator.PathOf(MetadataValidator.DryRun);
        findings.Require(value is "1" or "t" or "T" or "true" or "TRUE" or "True" or "0" or "f" or "F" or "false"
            or "FALSE" or "False",
            path, Code, $"\"{value}\" is neither true nor false");
        findings.Require(policy.Action is AuthorizationPolicy.Types.Action.Allow
            or AuthorizationPolicy.Types.Action.Deny,
            path, Code, "a dry run is possible for ALLOW and DENY only");
    }

    private static void Rule(Findings findings, AuthorizationPolicy policy, Rule rule, string path)
    {
        var isCustom = policy.Action == AuthorizationPolicy.Types.Action.Custom;
        foreach (var (field, count) in new[] { ("from", rule.From.Count), ("to", rule.To.Count),
            ("when", rule.When.Count) })
        {
            var at = NodePath.Field(path, field);
            findings.Require(count > 0 || !findings.IsWrittenEmpty(at), at, Code, $"\"{field}\" is empty",
                "Remove it to match anything.");
        }

        for (var i = 0; i < rule.From.Count; i++)
        {
            var at = NodePath.Item(NodePath.Field(path, "from"), i);
            AuthorizationRules.Source(findings, rule.From[i].Source, isCustom, NodePath.Field(at, "source"));
        }

        for (var i = 0; i < rule.To.Count; i++)
        {
            var at = NodePath.Item(NodePath.Field(path, "to"), i);
            AuthorizationRules.Operation(findings, rule.To[i].Operation, NodePath.Field(at, "operation"));
        }

        for (var i = 0; i < rule.When.Count; i++)
        {
            ConditionRules.Validate(findings, rule.When[i], isCustom, NodePath.Item(NodePath.Field(path, "when"), i));
        }

        if (policy.Action == AuthorizationPolicy.Types.Action.Deny && UsesHttpOnly(rule))
        {
            findings.Warning(path, Code,
                "this rule names HTTP attributes only, so it denies all TCP traffic of these workloads",
                "Add to.operation.ports with the HTTP ports.");
        }
    }

    // On TCP an attribute of HTTP counts as matched, so that a rule of nothing else matches everything.
    private static bool UsesHttpOnly(Rule rule)
    {
        var hasHttp =
            rule.From.Any(f => f.Source is { } s && s.RequestPrincipals.Count + s.NotRequestPrincipals.Count > 0)
            || rule.To.Any(t => t.Operation is { } o && HttpFields(o) > 0)
            || rule.When.Any(w => IsHttpKey(w.Key));
        var hasOther = rule.From.Any(f => f.Source is { } s && !s.Equals(OnlyRequest(s)))
            || rule.To.Any(t => t.Operation is { } o && o.Ports.Count + o.NotPorts.Count > 0)
            || rule.When.Any(w => !IsHttpKey(w.Key));
        return hasHttp && !hasOther;
    }

    private static int HttpFields(Operation o) =>
        o.Hosts.Count + o.NotHosts.Count + o.Methods.Count + o.NotMethods.Count + o.Paths.Count + o.NotPaths.Count;

    private static bool IsHttpKey(string key) => key.StartsWith("request.", StringComparison.Ordinal);

    private static Source OnlyRequest(Source source) => new()
    {
        RequestPrincipals = { source.RequestPrincipals },
        NotRequestPrincipals = { source.NotRequestPrincipals },
    };
}
