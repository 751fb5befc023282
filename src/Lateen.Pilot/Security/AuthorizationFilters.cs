using Envoy.Config.Rbac.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Security.V1Beta1;
using HttpFilter = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpFilter;
using HttpRbac = Envoy.Extensions.Filters.Http.Rbac.V3.RBAC;
using NetworkFilter = Envoy.Config.Listener.V3.Filter;
using NetworkRbac = Envoy.Extensions.Filters.Network.Rbac.V3.RBAC;

namespace Lateen.Pilot.Security;

/// <summary>
/// The RBAC filters of a workload: one per action in the order AUDIT, DENY, ALLOW. Dry-run policies become shadow
/// rules. CUSTOM policies are made by <see cref="ExternalAuthorizationFilters"/>.
/// </summary>
internal static class AuthorizationFilters
{
    internal const string HttpName = "envoy.filters.http.rbac";
    internal const string NetworkName = "envoy.filters.network.rbac";
    internal const string NetworkStatPrefix = "tcp.";
    private const string DryRunAllowPrefix = "istio_dry_run_allow_";
    private const string DryRunDenyPrefix = "istio_dry_run_deny_";

    private static readonly (AuthorizationPolicy.Types.Action Policy, RBAC.Types.Action Engine)[] Order =
    [
        (AuthorizationPolicy.Types.Action.Audit, RBAC.Types.Action.Log),
        (AuthorizationPolicy.Types.Action.Deny, RBAC.Types.Action.Deny),
        (AuthorizationPolicy.Types.Action.Allow, RBAC.Types.Action.Allow),
    ];

    /// <summary>HTTP filters for the policies, which stand in their order of precedence.</summary>
    internal static IEnumerable<HttpFilter> ForHttp(IReadOnlyList<NamedAuthorizationPolicy> policies,
        TrustDomains trustDomains)
    {
        foreach (var (rules, shadow) in Engines(policies, trustDomains, forTcp: false))
        {
            var config = new HttpRbac { Rules = rules, ShadowRules = shadow, ShadowRulesStatPrefix = Prefix(shadow) };
            yield return new HttpFilter { Name = HttpName, TypedConfig = Any.Pack(config) };
        }
    }

    /// <summary>Network filters for the policies.</summary>
    internal static IEnumerable<NetworkFilter> ForTcp(IReadOnlyList<NamedAuthorizationPolicy> policies,
        TrustDomains trustDomains)
    {
        foreach (var (rules, shadow) in Engines(policies, trustDomains, forTcp: true))
        {
            var config = new NetworkRbac
            {
                Rules = rules,
                ShadowRules = shadow,
                ShadowRulesStatPrefix = Prefix(shadow),
                StatPrefix = NetworkStatPrefix,
            };
            yield return new NetworkFilter { Name = NetworkName, TypedConfig = Any.Pack(config) };
        }
    }

    /// <summary>Adds the rules of one policy to an engine; <paramref name="key"/> names rule by index.</summary>
    internal static void AddRules(RBAC engine, NamedAuthorizationPolicy policy, TrustDomains trustDomains, bool forTcp,
        Func<int, string> key)
    {
        var scope = new AuthorizationScope(policy.Namespace, forTcp);
        for (var i = 0; i < policy.Spec.Rules.Count; i++)
        {
            if (AuthorizationRule.Translate(policy.Spec.Rules[i], engine.Action, scope, trustDomains) is { } rule)
            {
                engine.Policies.Add(key(i), rule);
            }
        }
        if (policy.Spec.Rules.Count == 0)
        {
            engine.Policies.Add(key(0), Never());
        }
    }

    /// <summary>The name of a rule in an engine.</summary>
    internal static string Key(NamedAuthorizationPolicy policy, int rule)
    {
        return $"ns[{policy.Namespace}]-policy[{policy.Name}]-rule[{rule}]";
    }

    private static IEnumerable<(RBAC? Rules, RBAC? Shadow)> Engines(IReadOnlyList<NamedAuthorizationPolicy> policies,
        TrustDomains trustDomains, bool forTcp)
    {
        foreach (var (action, engineAction) in Order)
        {
            RBAC? rules = null;
            RBAC? shadow = null;
            foreach (var policy in policies.Where(policy => policy.Spec.Action == action))
            {
                var engine = policy.DryRun
                    ? shadow ??= new RBAC { Action = engineAction }
                    : rules ??= new RBAC { Action = engineAction };
                AddRules(engine, policy, trustDomains, forTcp, index => Key(policy, index));
            }
            if (rules is not null || shadow is not null)
            {
                yield return (rules, shadow);
            }
        }
    }

    private static string Prefix(RBAC? shadow)
    {
        return shadow?.Action switch
        {
            RBAC.Types.Action.Deny => DryRunDenyPrefix,
            RBAC.Types.Action.Log => "",
            _ => DryRunAllowPrefix,
        };
    }

    /// <summary>A policy without rules matches nothing: with ALLOW that denies everything.</summary>
    private static Policy Never()
    {
        return new Policy
        {
            Permissions = { PermissionMatchers.Not(PermissionMatchers.Any()) },
            Principals = { PrincipalMatchers.Not(PrincipalMatchers.Any()) },
        };
    }
}
