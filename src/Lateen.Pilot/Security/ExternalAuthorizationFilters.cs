using Envoy.Config.Rbac.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Security.V1Beta1;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Routes;
using HttpFilter = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpFilter;
using HttpRbac = Envoy.Extensions.Filters.Http.Rbac.V3.RBAC;
using NetworkFilter = Envoy.Config.Listener.V3.Filter;
using NetworkRbac = Envoy.Extensions.Filters.Network.Rbac.V3.RBAC;
using ProviderKind = Istio.Mesh.V1Alpha1.MeshConfig.Types.ExtensionProvider.ProviderOneofCase;

namespace Lateen.Pilot.Security;

/// <summary>
/// CUSTOM policies: an RBAC filter that only notes which requests are meant, then the external authorization filter for
/// those. A provider that does not exist, or a second one for the same workload, denies what it was meant to decide.
/// </summary>
internal static class ExternalAuthorizationFilters
{
    private const string ShadowPrefix = "istio_ext_authz_";
    private const string KeyPrefix = "istio-ext-authz-";
    private const string BadSuffix = "-deny-due-to-bad-CUSTOM-action";
    private const string HttpName = "envoy.filters.http.ext_authz";
    private const string NetworkName = "envoy.filters.network.ext_authz";

    /// <summary>HTTP filters, in the order of the providers' names.</summary>
    internal static IEnumerable<HttpFilter> ForHttp(TrafficContext context)
    {
        foreach (var (provider, rules, authorizer) in Plan(context, forTcp: false))
        {
            var rbac = new HttpRbac
            {
                Rules = authorizer is null ? rules : null,
                ShadowRules = authorizer is null ? null : rules,
                ShadowRulesStatPrefix = authorizer is null ? "" : ShadowPrefix,
            };
            yield return new HttpFilter { Name = AuthorizationFilters.HttpName, TypedConfig = Any.Pack(rbac) };
            if (authorizer is not null)
            {
                var check = ExternalAuthorizationConfigs.Http(authorizer, EnabledBy(provider, forTcp: false));
                yield return new HttpFilter { Name = HttpName, TypedConfig = Any.Pack(check) };
            }
        }
    }

    /// <summary>Network filters, in the order of the providers' names.</summary>
    internal static IEnumerable<NetworkFilter> ForTcp(TrafficContext context)
    {
        foreach (var (provider, rules, authorizer) in Plan(context, forTcp: true))
        {
            var rbac = new NetworkRbac
            {
                Rules = authorizer is null ? rules : null,
                ShadowRules = authorizer is null ? null : rules,
                ShadowRulesStatPrefix = authorizer is null ? "" : ShadowPrefix,
                StatPrefix = AuthorizationFilters.NetworkStatPrefix,
            };
            if (authorizer is { Provider.ProviderCase: ProviderKind.EnvoyExtAuthzHttp })
            {
                // An authorizer that speaks HTTP cannot be asked about connections.
                continue;
            }
            yield return new NetworkFilter { Name = AuthorizationFilters.NetworkName, TypedConfig = Any.Pack(rbac) };
            if (authorizer is not null)
            {
                var check = ExternalAuthorizationConfigs.Tcp(authorizer, EnabledBy(provider, forTcp: true));
                yield return new NetworkFilter { Name = NetworkName, TypedConfig = Any.Pack(check) };
            }
        }
    }

    private static IEnumerable<(string Provider, RBAC Rules, ExternalAuthorizer? Authorizer)> Plan(
        TrafficContext context, bool forTcp)
    {
        var groups = context.Authorization
            .Where(policy => policy.Spec.Action == AuthorizationPolicy.Types.Action.Custom)
            .GroupBy(policy => policy.Spec.Provider?.Name ?? "", StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToList();
        foreach (var group in groups)
        {
            var authorizer = groups.Count == 1 || context.SeveralAuthorizers ? Find(context, group.Key) : null;
            var suffix = authorizer is null ? BadSuffix : "";
            var rules = new RBAC { Action = RBAC.Types.Action.Deny };
            foreach (var policy in group)
            {
                AuthorizationFilters.AddRules(rules, policy, context.TrustDomains, forTcp,
                    index => $"{KeyPrefix}{group.Key}-{AuthorizationFilters.Key(policy, index)}{suffix}");
            }
            yield return (group.Key, rules, authorizer);
        }
    }

    private static ExternalAuthorizer? Find(TrafficContext context, string name)
    {
        var provider = context.Mesh.ExtensionProviders.FirstOrDefault(candidate => candidate.Name == name);
        var (service, port) = provider?.ProviderCase switch
        {
            ProviderKind.EnvoyExtAuthzHttp => (provider.EnvoyExtAuthzHttp.Service, provider.EnvoyExtAuthzHttp.Port),
            ProviderKind.EnvoyExtAuthzGrpc => (provider.EnvoyExtAuthzGrpc.Service, provider.EnvoyExtAuthzGrpc.Port),
            _ => ("", 0u),
        };
        var host = service[(service.IndexOf('/', StringComparison.Ordinal) + 1)..];
        return host.Length > 0 && context.FindService(host) is not null
            ? new ExternalAuthorizer(provider!, host, ClusterNames.Outbound((int)port, "", host)) : null;
    }

    private static Envoy.Type.Matcher.V3.MetadataMatcher EnabledBy(string provider, bool forTcp)
    {
        var value = new Envoy.Type.Matcher.V3.ValueMatcher
        {
            StringMatch = new Envoy.Type.Matcher.V3.StringMatcher { Prefix = KeyPrefix + provider },
        };
        var filter = forTcp ? AuthorizationFilters.NetworkName : AuthorizationFilters.HttpName;
        return MetadataMatchers.Of(filter, [ShadowPrefix + "shadow_effective_policy_id"], value);
    }
}
