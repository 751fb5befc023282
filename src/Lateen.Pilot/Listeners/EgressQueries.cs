using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Pilot.Routes;

namespace Lateen.Pilot.Listeners;

/// <summary>What the egress listeners of a view import: gathered once for all groups that share the view.</summary>
internal sealed class EgressQueries
{
    private readonly MeshModel _model;
    private readonly VirtualServiceQueries _virtualServices;
    private readonly Query<(ScopeKey Scope, int Index), ServiceView> _view;
    private readonly Query<(ScopeKey Scope, int Index), EquatableArray<VirtualServiceListing>> _rules;
    private readonly Query<(ScopeKey Scope, int Index), HostRules> _hostRules;
    private readonly Query<(ScopeKey Scope, int Index), EquatableArray<Service>> _services;
    private readonly Query<(ScopeKey Scope, int Index), EquatableArray<VirtualServiceConfig>> _connectionRules;
    private readonly Query<ObjectKey, VirtualServiceConfig?> _connectionRule;

    internal EgressQueries(MeshModel model, VirtualServiceQueries virtualServices)
    {
        _model = model;
        _virtualServices = virtualServices;
        var graph = model.Graph;
        _view = graph.CreateQuery<(ScopeKey Scope, int Index), ServiceView>("egressView", (context, key) =>
            new ServiceView(model.Scopes.Get(context, key.Scope).Listeners[key.Index].Services));
        _rules = graph.CreateQuery<(ScopeKey Scope, int Index), EquatableArray<VirtualServiceListing>>(
            "egressRules", (context, key) =>
                model.Scopes.Get(context, key.Scope).Listeners[key.Index].VirtualServices);
        _hostRules = graph.CreateQuery<(ScopeKey Scope, int Index), HostRules>(
            "egressHostRules", (context, key) => new HostRules(_rules.Get(context, key)));
        _services = graph.CreateQuery<(ScopeKey Scope, int Index), EquatableArray<Service>>(
            "egressServices", (context, key) => ServicesOf(context, _view.Get(context, key).Services));
        _connectionRules = graph.CreateQuery<(ScopeKey Scope, int Index), EquatableArray<VirtualServiceConfig>>(
            "egressConnectionRules", (context, key) => [.. _rules.Get(context, key).Items
                .Select(rule => _connectionRule!.Get(context, rule.Key)).OfType<VirtualServiceConfig>()]);
        _connectionRule = graph.CreateQuery<ObjectKey, VirtualServiceConfig?>("connectionRule", ComputeConnectionRule);
    }

    /// <summary>The egress listeners of a view; nothing of them is read before it is asked for.</summary>
    internal List<EgressListener> Of(QueryContext context, ScopeKey scope, Sidecar? sidecar)
    {
        var count = sidecar is { Egress.Count: > 0 } ? sidecar.Egress.Count : 1;
        return [.. Enumerable.Range(0, count).Select(index => new EgressListener(
            sidecar is { Egress.Count: > 0 } ? sidecar.Egress[index] : null,
            index,
            new(() => _services.Get(context, (scope, index))),
            new(() => _connectionRules.Get(context, (scope, index)))))];
    }

    /// <summary>The service of a host that an egress listener imports, or null.</summary>
    internal Service? Find(QueryContext context, ScopeKey scope, int index, string host)
    {
        return ServiceOf(context, scope.IsDefault
            ? _model.Scopes.Find(context, scope, host) : _view.Get(context, (scope, index)).Find(host));
    }

    /// <summary>The rules that an egress listener imports, as far as they say which hosts they are for.</summary>
    internal EquatableArray<VirtualServiceListing> Rules(QueryContext context, ScopeKey scope, int index)
        => _rules.Get(context, (scope, index));

    /// <summary>The same rules, by host.</summary>
    internal HostRules HostRules(QueryContext context, ScopeKey scope, int index)
        => _hostRules.Get(context, (scope, index));

    /// <summary>The services of listings, with the ports that the view has of them.</summary>
    internal EquatableArray<Service> ServicesOf(QueryContext context, EquatableArray<ServiceListing> listings)
    {
        return [.. listings.Items.Select(listing => ServiceOf(context, listing)).OfType<Service>()];
    }

    /// <summary>The service of a listing, with the ports that the view has of it.</summary>
    internal Service? ServiceOf(QueryContext context, ServiceListing? listing)
    {
        if (listing is null || _model.Services.Get(context, listing.Key) is not { } service)
        {
            return null;
        }
        return service.Ports == listing.Ports ? service : service with { Ports = listing.Ports };
    }

    /// <summary>A change of rules for requests leaves the rules for connections, and so the listeners, alone.</summary>
    private VirtualServiceConfig? ComputeConnectionRule(QueryContext context, ObjectKey key)
    {
        if (_virtualServices.Get(context, key) is not { } config
            || (config.Spec.Tcp.Count == 0 && config.Spec.Tls.Count == 0))
        {
            return null;
        }
        if (config.Spec.Http.Count == 0)
        {
            return config;
        }
        var spec = config.Spec.Clone();
        spec.Http.Clear();
        return config with { Spec = spec };
    }
}
