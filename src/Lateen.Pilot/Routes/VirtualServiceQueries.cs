using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>VirtualServices made ready for use: full names, and delegates spliced in.</summary>
internal sealed class VirtualServiceQueries
{
    private readonly MeshModel _model;
    private readonly Query<ObjectKey, VirtualServiceConfig?> _config;
    private readonly Query<(string Namespace, string Gateway), EquatableArray<ObjectKey>> _ofGateway;

    /// <summary>Makes the queries in the model's graph.</summary>
    internal VirtualServiceQueries(MeshModel model)
    {
        _model = model;
        _config = model.Graph.CreateQuery<ObjectKey, VirtualServiceConfig?>("virtualService", Compute);
        _ofGateway = model.Graph.CreateQuery<(string Namespace, string Gateway), EquatableArray<ObjectKey>>(
            "virtualServicesOfGateway", ComputeOfGateway);
    }

    /// <summary>The object ready for use; null when it is gone or is itself a delegate.</summary>
    internal VirtualServiceConfig? Get(QueryContext context, ObjectKey key)
    {
        return _config.Get(context, key);
    }

    /// <summary>Those bound to a gateway (<c>namespace/name</c>) and seen in a namespace, in order of
    /// precedence.</summary>
    internal IReadOnlyList<VirtualServiceConfig> OfGateway(QueryContext context, string ns, string gateway)
    {
        return [.. _ofGateway.Get(context, (ns, gateway)).Items.Select(key => Get(context, key))
            .OfType<VirtualServiceConfig>()];
    }

    private EquatableArray<ObjectKey> ComputeOfGateway(QueryContext context, (string Namespace, string Gateway) key)
    {
        return [.. _model.Scopes.VisibleVirtualServices(context, key.Namespace).Items
            .Where(listing => listing.Gateways.Items.Any(gateway =>
                GatewayNames.Resolve(gateway, listing.Key.Namespace) == key.Gateway))
            .Select(listing => listing.Key)];
    }

    private VirtualServiceConfig? Compute(QueryContext context, ObjectKey key)
    {
        if (_model.Inputs.Objects.Get(context, key) is not { } item)
        {
            return null;
        }
        var spec = item.As<VirtualService>();
        if (spec.Hosts.Count == 0)
        {
            return null;
        }
        var suffix = _model.Options.DomainSuffix;
        var resolved = VirtualServiceNames.Resolve(spec, key.Namespace, suffix);
        if (resolved.Http.Any(rule => rule.Delegate is not null))
        {
            VirtualServiceDelegates.Splice(resolved, key, to => DelegateOf(context, key, to));
        }
        return new VirtualServiceConfig(key.Namespace, key.Name, resolved);
    }

    /// <summary>A delegate that exists, has no hosts of its own, and is exported to the root's namespace.</summary>
    private VirtualService? DelegateOf(QueryContext context, ObjectKey root, ObjectKey key)
    {
        if (_model.Inputs.Objects.Get(context, key)?.As<VirtualService>() is not { Hosts.Count: 0 } spec)
        {
            return null;
        }
        var fallback = _model.Inputs.MeshConfig(context).DefaultVirtualServiceExportTo;
        return Visibility.IsVisible(spec.ExportTo.ToEquatable(), fallback, key.Namespace, root.Namespace)
            ? VirtualServiceNames.Resolve(spec, key.Namespace, _model.Options.DomainSuffix) : null;
    }
}
