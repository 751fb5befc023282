using Lateen.Proxy.Rbac;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Tls;
using PermissionCase = Envoy.Config.Rbac.V3.Permission.RuleOneofCase;
using PermissionProto = Envoy.Config.Rbac.V3.Permission;
using PrincipalCase = Envoy.Config.Rbac.V3.Principal.IdentifierOneofCase;
using PrincipalProto = Envoy.Config.Rbac.V3.Principal;
using SanType = Envoy.Extensions.TransportSockets.Tls.V3.SubjectAltNameMatcher.Types.SanType;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Permissions and principals of policies.</summary>
internal static class RbacRuleDecoder
{
    public static RbacRule Permission(PermissionProto permission, string path, DecodeContext context)
    {
        switch (permission.RuleCase)
        {
            case PermissionCase.AndRules:
                return new RbacRule.All(All(permission.AndRules.Rules, $"{path}.and_rules.rules", context));
            case PermissionCase.OrRules:
                return new RbacRule.AnyOf(All(permission.OrRules.Rules, $"{path}.or_rules.rules", context));
            case PermissionCase.Any:
                return Any(permission.Any, $"{path}.any", context);
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
                return PortRange(permission.DestinationPortRange, $"{path}.destination_port_range", context);
            case PermissionCase.Metadata:
                return Metadata(permission.Metadata, $"{path}.metadata", context);
            case PermissionCase.SourcedMetadata:
                return SourcedMetadata(permission.SourcedMetadata, $"{path}.sourced_metadata", context);
            case PermissionCase.Matcher:
                return Extension(permission.Matcher, $"{path}.matcher", context);
            case PermissionCase.NotRule:
                return new RbacRule.Not(Permission(permission.NotRule, $"{path}.not_rule", context));
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

    public static RbacRule Principal(PrincipalProto principal, string path, DecodeContext context)
    {
        switch (principal.IdentifierCase)
        {
            case PrincipalCase.AndIds:
                return new RbacRule.All(AllIds(principal.AndIds.Ids, $"{path}.and_ids.ids", context));
            case PrincipalCase.OrIds:
                return new RbacRule.AnyOf(AllIds(principal.OrIds.Ids, $"{path}.or_ids.ids", context));
            case PrincipalCase.Any:
                return Any(principal.Any, $"{path}.any", context);
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
            case PrincipalCase.SourcedMetadata:
                return SourcedMetadata(principal.SourcedMetadata, $"{path}.sourced_metadata", context);
            case PrincipalCase.Custom:
                return Custom(principal.Custom, $"{path}.custom", context);
            case PrincipalCase.NotId:
                return new RbacRule.Not(Principal(principal.NotId, $"{path}.not_id", context));
            default:
                return Unknown(principal.IdentifierCase.ToString(), path, context);
        }
    }

    private static RbacRule[] All(IEnumerable<PermissionProto> rules, string path, DecodeContext context) =>
        AtLeastOne([.. rules.Select((rule, i) => Permission(rule, $"{path}[{i}]", context))], path, context);

    private static RbacRule[] AllIds(IEnumerable<PrincipalProto> ids, string path, DecodeContext context) =>
        AtLeastOne([.. ids.Select((id, i) => Principal(id, $"{path}[{i}]", context))], path, context);

    private static RbacRule[] AtLeastOne(RbacRule[] rules, string path, DecodeContext context)
    {
        if (rules.Length == 0)
        {
            context.Error(path, "RBAC", "value must contain at least 1 item(s)");
        }
        return rules;
    }

    private static RbacRule.Any Any(bool value, string path, DecodeContext context)
    {
        if (!value)
        {
            context.Error(path, "RBAC", "value must equal true");
        }
        return new RbacRule.Any();
    }

    private static RbacRule.DestinationPort PortRange(
        Envoy.Type.V3.Int32Range range, string path, DecodeContext context)
    {
        if (range.Start is < 0 or > 65535 || range.End is < 0 or > 65536 || range.Start >= range.End)
        {
            context.Error(path, "RBAC", $"range start {range.Start} and end {range.End} must be within [0, 65536]");
        }
        return new RbacRule.DestinationPort(range.Start, range.End);
    }

    private static RbacRule SourcedMetadata(
        Envoy.Config.Rbac.V3.SourcedMetadata sourced, string path, DecodeContext context)
    {
        if (MatcherDecoder.DecodeMetadata(sourced.MetadataMatcher, path, context) is not { } matcher)
        {
            return new RbacRule.Any();
        }
        return sourced.MetadataSource == Envoy.Config.Rbac.V3.MetadataSource.Route
            ? new RbacRule.RouteMetadata(matcher)
            : new RbacRule.Metadata(matcher);
    }

    private static RbacRule Extension(
        Envoy.Config.Core.V3.TypedExtensionConfig config, string path, DecodeContext context)
    {
        if (TypedConfigs.Open(config.TypedConfig, out var bytes, out var fields)
            != "envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher")
        {
            TypedConfigs.ReportUnknown(config.Name, config.TypedConfig, path, context);
            return new RbacRule.Any();
        }
        var proto = TypedConfigs.Read(
            Envoy.Extensions.Rbac.Matchers.UpstreamIpPort.V3.UpstreamIpPortMatcher.Parser, bytes, fields);
        if (proto.UpstreamIp is null && proto.UpstreamPortRange is null)
        {
            context.Error(path, "RBAC", "Invalid UpstreamIpPortMatcher configuration - missing `upstream_ip` and/or"
                + " `upstream_port_range`");
        }
        return new RbacRule.UpstreamAddress(
            proto.UpstreamIp is null ? null : AddressDecoder.DecodeRange(proto.UpstreamIp, path, context),
            proto.UpstreamPortRange?.Start ?? 0, proto.UpstreamPortRange?.End ?? long.MaxValue);
    }

    private static RbacRule Custom(
        Envoy.Config.Core.V3.TypedExtensionConfig config, string path, DecodeContext context)
    {
        if (TypedConfigs.Open(config.TypedConfig, out var bytes, out var fields)
            != "envoy.extensions.rbac.principals.mtls_authenticated.v3.Config")
        {
            TypedConfigs.ReportUnknown(config.Name, config.TypedConfig, path, context);
            return new RbacRule.Any();
        }
        var proto = TypedConfigs.Read(
            Envoy.Extensions.Rbac.Principals.MtlsAuthenticated.V3.Config.Parser, bytes, fields);
        if (proto.SanMatcher is null == !proto.AnyValidatedClientCertificate)
        {
            context.Error(path, "RBAC",
                "exactly one of `san_matcher` and `any_validated_client_certificate` must be set");
        }
        if (proto.SanMatcher is not { } san)
        {
            return new RbacRule.MtlsAuthenticated(SanKind.Uri, null);
        }
        if (san.SanType is not (SanType.Dns or SanType.Uri))
        {
            return Unknown($"san_type {san.SanType}", path, context);
        }
        return MatcherDecoder.DecodeString(san.Matcher, $"{path}.san_matcher.matcher", context) is { } matcher
            ? new RbacRule.MtlsAuthenticated(san.SanType == SanType.Dns ? SanKind.Dns : SanKind.Uri, matcher)
            : new RbacRule.Any();
    }

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
