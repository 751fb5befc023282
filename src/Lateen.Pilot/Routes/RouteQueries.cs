using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>
/// Translates and encodes rules and default routes once for each kind of client. The client's namespace and labels are
/// part of the key only when the rule asks for them, so that clients of all namespaces share the bytes.
/// </summary>
internal sealed class RouteQueries
{
    private readonly MeshModel _model;
    private readonly VirtualServiceQueries _virtualServices;
    private readonly EgressQueries _egress;
    private readonly Query<RuleKey, EncodedRoutes> _ofRule;
    private readonly Query<DefaultKey, EncodedRoutes> _default;

    internal RouteQueries(MeshModel model, VirtualServiceQueries virtualServices, EgressQueries egress)
    {
        _model = model;
        _virtualServices = virtualServices;
        _egress = egress;
        _ofRule = model.Graph.CreateQuery<RuleKey, EncodedRoutes>("routesOfRule", ComputeOfRule);
        _default = model.Graph.CreateQuery<DefaultKey, EncodedRoutes>("defaultRoute", ComputeDefault);
    }

    private sealed record RuleKey(
        ScopeKey Scope, int Index, string Namespace, Labels Labels, Labels RuleLabels, ObjectKey Rule, int Port);

    private sealed record DefaultKey(ScopeKey Scope, Labels RuleLabels, string Host, int Port);

    /// <summary>The routes of a client, with what its keys have in common.</summary>
    internal RouteSource For(QueryContext context, ProxyGroup client)
    {
        var ruleLabels = _model.DestinationRules.Relevant(context, client.Scope.Namespace, client.ClientLabels);
        return new RouteSource
        {
            OfRule = (index, rule, port) => _ofRule.Get(context, new RuleKey(
                client.Scope, index, client.Namespace, client.Labels, ruleLabels, rule, port)),
            Default = (host, port) => _default.Get(context, new DefaultKey(client.Scope, ruleLabels, host, port)),
            Rules = index => _egress.Rules(context, client.Scope, index),
            RulesFor = (index, host) => _egress.HostRules(context, client.Scope, index).Covering(host),
            ServiceOf = (index, host) => _egress.Find(context, client.Scope, index, host),
        };
    }

    private EncodedRoutes ComputeOfRule(QueryContext context, RuleKey key)
    {
        return _virtualServices.Get(context, key.Rule) is not { } config ? EncodedRoutes.None
            : EncodedRoutes.Of(RouteTranslation.Translate(
                config, ScopeOf(context, key)));
    }

    private EncodedRoutes ComputeDefault(QueryContext context, DefaultKey key)
    {
        var rule = RuleOf(context, key.Scope, key.RuleLabels, key.Host);
        return EncodedRoutes.Of([RouteTranslation.DefaultOutbound(
            key.Host, key.Port, rule, _model.Inputs.MeshConfig(context).DefaultHttpRetryPolicy)]);
    }

    private RouteScope ScopeOf(QueryContext context, RuleKey key)
    {
        return new RouteScope
        {
            Namespace = key.Namespace,
            Labels = key.Labels,
            Gateway = VirtualServiceConfig.MeshGateway,
            Port = key.Port,
            DefaultRetry = _model.Inputs.MeshConfig(context).DefaultHttpRetryPolicy,
            FindService = host => ServiceAt(context, key, host),
            FindRule = host => RuleOf(context, key.Scope, key.RuleLabels, host),
        };
    }

    private DestinationRule? RuleOf(QueryContext context, ScopeKey scope, Labels labels, string host)
    {
        var service = _model.Scopes.Find(context, scope, host)?.Key ?? new ServiceKey(host, "");
        return _model.DestinationRules.Get(context, scope.Namespace, labels, service)?.Rule;
    }

    /// <summary>The service with the one port in question, if there is one; a service without it is none.</summary>
    private Service? ServiceAt(QueryContext context, RuleKey key, string host)
    {
        var service = _egress.Find(context, key.Scope, key.Index, host);
        return key.Port == 0 ? service
            : service?.PortOf(key.Port) is { } port ? service with { Ports = [port] } : null;
    }
}
