using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;
using Lateen.Pilot.Security;
using MeshPolicy = Istio.Mesh.V1Alpha1.MeshConfig.Types.OutboundTrafficPolicy.Types.Mode;
using SidecarPolicy = Istio.Networking.V1Alpha3.OutboundTrafficPolicy.Types.Mode;

namespace Lateen.Pilot.Listeners;

/// <summary>Gathers from the mesh model what the generation for a group reads. Parts that are not asked for are not
/// read.</summary>
internal sealed class TrafficContexts(MeshModel model, VirtualServiceQueries virtualServices, EgressQueries egress)
{
    private const string NoPortTranslation = "experimental.istio.io/disable-gateway-port-translation";

    private const string GatewayService = "internal.istio.io/gateway-service";

    private static readonly MessageReadOptions NodeOptions = new() { IgnoreUnknownFields = true };

    /// <summary>The context of a group.</summary>
    internal TrafficContext Of(QueryContext context, ProxyGroup group)
    {
        var mesh = model.Inputs.MeshConfig(context);
        var view = new Lazy<ServiceView>(() => model.Scopes.ViewOf(context, group.Scope));
        var sidecar = model.Scopes.SidecarOf(context, group.Scope);
        var router = group.Type == ProxyType.Router;
        return new TrafficContext
        {
            Proxy = group,
            Mesh = mesh,
            ProxyConfig = OwnConfig(group.Settings.ProxyConfigJson) ?? mesh.DefaultConfig,
            MeshId = group.Settings.MeshId,
            EgressListeners = router ? [] : egress.Of(context, group.Scope, sidecar?.As<Sidecar>()),
            Sidecar = sidecar?.As<Sidecar>(),
            SidecarNamespace = sidecar?.Key.Namespace ?? "",
            SidecarName = sidecar?.Key.Name ?? "",
            OutboundPolicy = Policy(mesh, sidecar?.As<Sidecar>()),
            TlsOnSidecarIngress = model.Options.IsOn("ENABLE_TLS_ON_SIDECAR_INGRESS", fallback: false),
            IsDualStack = group.IpFamilies == (IpFamilies.V4 | IpFamilies.V6)
                && model.Options.IsOn("ISTIO_DUAL_STACK", fallback: false),
            AcceptHttp10 = model.Options.IsOn("PILOT_HTTP10", fallback: false),
            SeveralAuthorizers = model.Options.IsOn(
                "PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS", fallback: false),
            AllServicesSource = new(() => router ? egress.ServicesOf(context, view.Value.Services).Items : []),
            FindService = host => egress.ServiceOf(context, view.Value.Find(host)),
            FindRule = host => model.DestinationRules.Get(context, group.Scope.Namespace, group.ClientLabels,
                view.Value.Find(host)?.Key ?? new ServiceKey(host, ""))?.Rule,
            EndpointsOf = (service, port) =>
                [.. model.Endpoints.Get(context, service.Key).Items
                    .Where(item => item.ServicePortName == port.Name && !item.IsPending)],
            PeerAuthenticationSource =
                new(() => PeerAuthenticationModes.Of(model, context, group.Namespace, group.Labels)),
            AuthorizationSource =
                new(() => AuthorizationPolicyQueries.For(model, context, group.Namespace, group.Labels)),
            JwtRulesSource = new(() => RequestAuthenticationQueries.For(model, context, group.Namespace, group.Labels)),
            JwksMode = model.Options.JwksMode,
            KeysOf = source => model.Inputs.Jwks(context, source),
            RoutesOnClaimsSource = new(() => router && RoutesOnClaims(Gateways(context, group), gateway =>
                virtualServices.OfGateway(context, group.Namespace, gateway))),
            TrustDomains = new TrustDomains([.. mesh.TrustDomainAliases.Prepend(mesh.TrustDomain)
                .Where(domain => domain.Length > 0).Select(domain => domain.Replace('@', '.'))
                .Distinct(StringComparer.Ordinal)]),
            Gateways = router ? Gateways(context, group) : null,
            VirtualServicesOf = gateway => virtualServices.OfGateway(context, group.Namespace, gateway),
        };
    }

    private static bool RoutesOnClaims(
        MergedGateways gateways, Func<string, IReadOnlyList<VirtualServiceConfig>> rulesOf)
    {
        return gateways.Ports.SelectMany(port => port.Servers).Select(server => server.Gateway).Distinct()
            .SelectMany(rulesOf).SelectMany(config => config.Spec.Http).SelectMany(rule => rule.Match)
            .SelectMany(match => match.Headers.Keys.Concat(match.WithoutHeaders.Keys))
            .Any(name => name.StartsWith(RouteMatches.ClaimPrefix, StringComparison.Ordinal));
    }

    /// <summary>The configuration that a node tells in full; fields of newer versions do not matter.</summary>
    private static ProxyConfig? OwnConfig(string json)
    {
        return json.Length > 0 && YamlReader.Read(json, "PROXY_CONFIG").Documents is [var root, ..]
            ? new MessageReader(NodeOptions, new List<ConfigError>()).Read<ProxyConfig>(root) : null;
    }

    private MergedGateways Gateways(QueryContext context, ProxyGroup group)
    {
        return MergedGateways.Merge(model.Inputs.Gateways.Get(context, "")
            .Select(item => GatewayOf(context, group, item)).OfType<GatewayConfig>());
    }

    /// <summary>
    /// A Gateway selects proxies by label; one that was made for a Service (an annotation of the Gateway API's
    /// translation) selects those behind that Service, in its own namespace.
    /// </summary>
    private GatewayConfig? GatewayOf(QueryContext context, ProxyGroup group, MeshObject item)
    {
        var gateway = item.As<Gateway>();
        var (ns, name) = (item.Key.Namespace, item.Key.Name);
        if (item.Annotations.Get(GatewayService) is { } services)
        {
            var hosts = services.Split(',', StringSplitOptions.TrimEntries);
            var instances = group.Instances.Items.Where(instance =>
                instance.Service.Namespace == ns && hosts.Contains(instance.Service.Hostname)).ToList();
            return ns != group.Namespace || instances.Count == 0 ? null
                : new GatewayConfig(ns, name, gateway, port => [.. instances
                    .Where(instance => instance.Port.Number == port).Select(instance => instance.EndpointPort)
                    .Distinct().Order()]);
        }
        var sameNamespace = model.Options.IsOn("PILOT_SCOPE_GATEWAY_TO_NAMESPACE", fallback: false);
        return (!sameNamespace || ns == group.Namespace) && group.Labels.Matches(gateway.Selector)
            ? new GatewayConfig(ns, name, gateway, port => [TargetPort(context, group, port)]) : null;
    }

    /// <summary>The port behind the gateway's own Service; a port that no Service has is taken as it is.</summary>
    private int TargetPort(QueryContext context, ProxyGroup group, int port)
    {
        foreach (var instance in group.Instances.Items)
        {
            if (instance.Port.Number == port
                && model.Services.Get(context, instance.Service)?.Labels.Get(NoPortTranslation) is null)
            {
                return instance.EndpointPort;
            }
        }
        return port;
    }

    private static OutboundPolicy Policy(MeshConfig mesh, Sidecar? sidecar)
    {
        if (sidecar?.OutboundTrafficPolicy is { } own)
        {
            return own.Mode == SidecarPolicy.AllowAny
                ? new OutboundPolicy(OutboundPolicyMode.AllowAny, own.EgressProxy)
                : new OutboundPolicy(OutboundPolicyMode.RegistryOnly);
        }
        return new OutboundPolicy(mesh.OutboundTrafficPolicy?.Mode switch
        {
            MeshPolicy.RegistryOnly => OutboundPolicyMode.RegistryOnly,
            MeshPolicy.AllowAnyDynamicDns => OutboundPolicyMode.AllowAnyDynamicDns,
            _ => OutboundPolicyMode.AllowAny,
        });
    }
}
