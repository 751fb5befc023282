using Envoy.Config.Rbac.V3;
using Lateen.Proxy.Rbac;
using HttpRbac = Envoy.Extensions.Filters.Http.Rbac.V3.RBAC;
using NetworkRbac = Envoy.Extensions.Filters.Network.Rbac.V3.RBAC;
using PermissionCase = Envoy.Config.Rbac.V3.Permission.RuleOneofCase;
using PrincipalCase = Envoy.Config.Rbac.V3.Principal.IdentifierOneofCase;
using RulesProto = Envoy.Config.Rbac.V3.RBAC;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Policies of the rbac filters. What is not understood rejects the resource: a policy must never be half in
/// force.</summary>
internal static class RbacDecoder
{
    public static RbacRules DecodeHttp(HttpRbac config, Stats.StatsScope scope, string path, DecodeContext context)
    {
        return new RbacRules
        {
            Rules = DecodeMatcher(config.Matcher, $"{path}.matcher", context)
                ?? DecodeRules(config.Rules, $"{path}.rules", context),
            ShadowRules = DecodeMatcher(config.ShadowMatcher, $"{path}.shadow_matcher", context)
                ?? DecodeRules(config.ShadowRules, $"{path}.shadow_rules", context),
            RulesPrefix = config.RulesStatPrefix,
            TracksPolicies = config.TrackPerRuleStats,
            ShadowPrefix = config.ShadowRulesStatPrefix,
            MetadataNamespace = "envoy.filters.http.rbac",
            Stats = new RbacStats(scope, config.RulesStatPrefix, config.ShadowRulesStatPrefix),
        };
    }

    public static RbacNetworkFilterConfig DecodeNetwork(
        NetworkRbac config, string name, string path, DecodeContext context)
    {
        var scope = context.Stats.GetScope(config.StatPrefix, Stats.StatLayout.Empty);
        CheckNetworkRules(config.Rules, $"{path}.rules", context);
        CheckNetworkRules(config.ShadowRules, $"{path}.shadow_rules", context);
        return new RbacNetworkFilterConfig
        {
            Name = name,
            DelayDenyNanos = Durations.Positive(config.DelayDeny, $"{path}.delay_deny", context),
            IsContinuous = config.EnforcementType == NetworkRbac.Types.EnforcementType.Continuous,
            Rules = new RbacRules
            {
                Rules = DecodeMatcher(config.Matcher, $"{path}.matcher", context)
                ?? DecodeRules(config.Rules, $"{path}.rules", context),
                ShadowRules = DecodeMatcher(config.ShadowMatcher, $"{path}.shadow_matcher", context)
                ?? DecodeRules(config.ShadowRules, $"{path}.shadow_rules", context),
                ShadowPrefix = config.ShadowRulesStatPrefix,
                MetadataNamespace = RbacRules.NetworkNamespace,
                Stats = new RbacStats(scope, "", config.ShadowRulesStatPrefix),
            },
        };
    }

    /// <summary>Connections have no headers: a rule over them would never be what was meant.</summary>
    private static void CheckNetworkRules(RulesProto? rules, string path, DecodeContext context)
    {
        foreach (var policy in rules?.Policies.Values ?? [])
        {
            if (policy.Permissions.Any(HasHeader) || policy.Principals.Any(HasHeader))
            {
                context.Error(path, "RBAC", "Found header rule, not supported by RBAC network filter");
            }
        }
    }

    private static bool HasHeader(Permission rule) => rule.RuleCase switch
    {
        PermissionCase.Header => true,
        PermissionCase.AndRules => rule.AndRules.Rules.Any(HasHeader),
        PermissionCase.OrRules => rule.OrRules.Rules.Any(HasHeader),
        PermissionCase.NotRule => HasHeader(rule.NotRule),
        _ => false,
    };

    private static bool HasHeader(Principal principal) => principal.IdentifierCase switch
    {
        PrincipalCase.Header => true,
        PrincipalCase.AndIds => principal.AndIds.Ids.Any(HasHeader),
        PrincipalCase.OrIds => principal.OrIds.Ids.Any(HasHeader),
        PrincipalCase.NotId => HasHeader(principal.NotId),
        _ => false,
    };

    private static RbacEngine? DecodeMatcher(
        global::Xds.Type.Matcher.V3.Matcher? matcher, string path, DecodeContext context)
    {
        if (matcher is null)
        {
            return null;
        }
        var logs = false;
        var tree = new MatcherTreeDecoder<RbacVerdict>(Decode, context).Decode(matcher, path);
        return new RbacEngine(RbacAction.Allow, []) { Matcher = tree, MatcherLogs = logs };

        RbacVerdict? Decode(global::Xds.Core.V3.TypedExtensionConfig action, string at)
        {
            if (TypedConfigs.Open(action.TypedConfig, out var bytes, out var fields) != "envoy.config.rbac.v3.Action")
            {
                TypedConfigs.ReportUnknown(action.Name, action.TypedConfig, at, context);
                return null;
            }
            var proto = TypedConfigs.Read(Envoy.Config.Rbac.V3.Action.Parser, bytes, fields);
            logs |= proto.Action_ == RulesProto.Types.Action.Log;
            return new RbacVerdict(proto.Name, ActionOf(proto.Action_));
        }
    }

    private static RbacAction ActionOf(RulesProto.Types.Action action) => action switch
    {
        RulesProto.Types.Action.Deny => RbacAction.Deny,
        RulesProto.Types.Action.Log => RbacAction.Log,
        _ => RbacAction.Allow,
    };

    private static RbacEngine? DecodeRules(RulesProto? rules, string path, DecodeContext context)
    {
        if (rules is null)
        {
            return null;
        }
        var policies = new List<RbacPolicy>();
        foreach (var (name, policy) in rules.Policies)
        {
            var at = $"{path}.policies[{name}]";
            if (policy.Permissions.Count == 0 || policy.Principals.Count == 0)
            {
                context.Error(at, "RBAC", "permissions and principals must each contain at least 1 item(s)");
            }

            // A condition that comes checked only is not looked at, as in Envoy.
            Cel.CelProgram? condition = null;
            if (policy.Condition is { } expression
                && !Cel.CelProgram.TryRead(expression, out condition, out var error))
            {
                context.Error($"{at}.condition", "RBAC", $"failed to create an expression: {error}");
            }
            policies.Add(new RbacPolicy(
                name,
                [.. policy.Permissions.Select((p, i) =>
                    RbacRuleDecoder.Permission(p, $"{at}.permissions[{i}]", context))],
                [.. policy.Principals.Select((p, i) => RbacRuleDecoder.Principal(p, $"{at}.principals[{i}]", context))])
            {
                Condition = condition,
            });
        }
        return new RbacEngine(ActionOf(rules.Action), policies);
    }
}
