using Envoy.Config.Rbac.V3;
using Lateen.Proxy.Rbac;
using Lateen.Proxy.Routing;
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
        var tree = new MatcherTreeDecoder<RbacVerdict>(Decode, context).Decode(matcher, path);
        return new RbacEngine(RbacAction.Allow, []) { Matcher = tree };

        RbacVerdict? Decode(global::Xds.Core.V3.TypedExtensionConfig action, string at)
        {
            if (TypedConfigs.Open(action.TypedConfig, out var bytes, out var fields) != "envoy.config.rbac.v3.Action")
            {
                TypedConfigs.ReportUnknown(action.Name, action.TypedConfig, at, context);
                return null;
            }
            var proto = TypedConfigs.Read(Envoy.Config.Rbac.V3.Action.Parser, bytes, fields);
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
            Cel.CelProgram? condition = null;
            var expression = policy.Condition ?? policy.CheckedCondition?.Expr;
            if (expression is not null && !Cel.CelProgram.TryRead(expression, out condition, out var error))
            {
                context.Error($"{at}.condition", "RBAC", $"failed to create an expression: {error}");
            }
            policies.Add(new RbacPolicy(
                name,
                [.. policy.Permissions.Select((p, i) => DecodePermission(p, $"{at}.permissions[{i}]", context))],
                [.. policy.Principals.Select((p, i) => DecodePrincipal(p, $"{at}.principals[{i}]", context))])
            {
                Condition = condition,
            });
        }
        return new RbacEngine(ActionOf(rules.Action), policies);
    }

    private static RbacRule DecodePermission(Permission permission, string path, DecodeContext context)
    {
        switch (permission.RuleCase)
        {
            case PermissionCase.AndRules:
                return new RbacRule.All(All(permission.AndRules.Rules, $"{path}.and_rules.rules", context));
            case PermissionCase.OrRules:
                return new RbacRule.AnyOf(All(permission.OrRules.Rules, $"{path}.or_rules.rules", context));
            case PermissionCase.Any:
                return new RbacRule.Any();
            case PermissionCase.Header:
                return Header(permission.Header, $"{path}.header", context);
            case PermissionCase.UrlPath:
                return UrlPath(permission.UrlPath, $"{path}.url_path", context);
            case PermissionCase.DestinationIp:
                return Ip(RbacAddress.DestinationIp, permission.DestinationIp, $"{path}.destination_ip", context);
            case PermissionCase.DestinationPort:
                return new RbacRule.DestinationPort(
                    (int)permission.DestinationPort, (int)permission.DestinationPort + 1);
            case PermissionCase.DestinationPortRange:
                return new RbacRule.DestinationPort(
                    permission.DestinationPortRange.Start, permission.DestinationPortRange.End);
            case PermissionCase.Metadata:
                return Metadata(permission.Metadata, $"{path}.metadata", context);
            case PermissionCase.NotRule:
                return new RbacRule.Not(DecodePermission(permission.NotRule, $"{path}.not_rule", context));
            case PermissionCase.RequestedServerName:
                return MatcherDecoder.DecodeString(
                    permission.RequestedServerName, $"{path}.requested_server_name", context)
                    is { } name ? new RbacRule.RequestedServerName(name) : new RbacRule.Any();
            case PermissionCase.UriTemplate:
                return Template(permission.UriTemplate, $"{path}.uri_template", context);
            default:
                return Unknown(permission.RuleCase.ToString(), path, context);
        }
    }

    private static RbacRule DecodePrincipal(Principal principal, string path, DecodeContext context)
    {
        switch (principal.IdentifierCase)
        {
            case PrincipalCase.AndIds:
                return new RbacRule.All(AllIds(principal.AndIds.Ids, $"{path}.and_ids.ids", context));
            case PrincipalCase.OrIds:
                return new RbacRule.AnyOf(AllIds(principal.OrIds.Ids, $"{path}.or_ids.ids", context));
            case PrincipalCase.Any:
                return new RbacRule.Any();
            case PrincipalCase.Authenticated:
                return new RbacRule.Authenticated(principal.Authenticated.PrincipalName is { } name
                    ? MatcherDecoder.DecodeString(name, $"{path}.authenticated.principal_name", context)
                    : null);
            case PrincipalCase.SourceIp:
                return Ip(RbacAddress.SourceIp, principal.SourceIp, $"{path}.source_ip", context);
            case PrincipalCase.DirectRemoteIp:
                return Ip(RbacAddress.DirectRemoteIp, principal.DirectRemoteIp, $"{path}.direct_remote_ip", context);
            case PrincipalCase.RemoteIp:
                return Ip(RbacAddress.RemoteIp, principal.RemoteIp, $"{path}.remote_ip", context);
            case PrincipalCase.Header:
                return Header(principal.Header, $"{path}.header", context);
            case PrincipalCase.UrlPath:
                return UrlPath(principal.UrlPath, $"{path}.url_path", context);
            case PrincipalCase.Metadata:
                return Metadata(principal.Metadata, $"{path}.metadata", context);
            case PrincipalCase.FilterState when principal.FilterState.StringMatch is { } match:
                return MatcherDecoder.DecodeString(match, $"{path}.filter_state.string_match", context) is { } state
                    ? new RbacRule.FilterState(principal.FilterState.Key, state)
                    : new RbacRule.Any();
            case PrincipalCase.NotId:
                return new RbacRule.Not(DecodePrincipal(principal.NotId, $"{path}.not_id", context));
            default:
                return Unknown(principal.IdentifierCase.ToString(), path, context);
        }
    }

    private static RbacRule[] All(IEnumerable<Permission> rules, string path, DecodeContext context) =>
        [.. rules.Select((rule, i) => DecodePermission(rule, $"{path}[{i}]", context))];

    private static RbacRule[] AllIds(IEnumerable<Principal> ids, string path, DecodeContext context) =>
        [.. ids.Select((id, i) => DecodePrincipal(id, $"{path}[{i}]", context))];

    private static RbacRule Header(Envoy.Config.Route.V3.HeaderMatcher header, string path, DecodeContext context) =>
        MatcherDecoder.DecodeHeader(header, path, context) is { } matcher
            ? new RbacRule.Header(matcher)
            : new RbacRule.Any();

    private static RbacRule UrlPath(Envoy.Type.Matcher.V3.PathMatcher urlPath, string path, DecodeContext context)
    {
        if (urlPath.Path is null)
        {
            return Unknown("url_path without path", path, context);
        }
        return MatcherDecoder.DecodeString(urlPath.Path, $"{path}.path", context) is { } matcher
            ? new RbacRule.UrlPath(matcher)
            : new RbacRule.Any();
    }

    private static RbacRule Ip(
        RbacAddress which, Envoy.Config.Core.V3.CidrRange range, string path, DecodeContext context) =>
        AddressDecoder.DecodeRange(range, path, context) is { } decoded ? new RbacRule.Ip(which, decoded)
            : new RbacRule.Any();

    private static RbacRule Metadata(
        Envoy.Type.Matcher.V3.MetadataMatcher metadata, string path, DecodeContext context) =>
        MatcherDecoder.DecodeMetadata(metadata, path, context) is { } matcher
            ? new RbacRule.Metadata(matcher)
            : new RbacRule.Any();

    private static RbacRule Template(
        Envoy.Config.Core.V3.TypedExtensionConfig config, string path, DecodeContext context)
    {
        if (TypedConfigs.Open(config.TypedConfig, out var bytes, out var fields)
            != "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig")
        {
            return Unknown(config.Name, path, context);
        }
        var text = TypedConfigs.Read(
            Envoy.Extensions.Path.Match.UriTemplate.V3.UriTemplateMatchConfig.Parser, bytes, fields).PathTemplate;
        if (!UriTemplate.TryParse(text, out var template, out var error))
        {
            context.Error(path, "RBAC", $"{text}: {error}");
            return new RbacRule.Any();
        }
        return new RbacRule.Template(template!);
    }

    /// <summary>The rule that stands in for a bad one never comes into force, since the error rejects the
    /// resource.</summary>
    private static RbacRule.Any Unknown(string what, string path, DecodeContext context)
    {
        context.Error(path, "RBAC", $"{what} is not supported");
        return new RbacRule.Any();
    }
}
