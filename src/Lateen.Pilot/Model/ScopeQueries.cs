using System.Collections.Immutable;
using Google.Protobuf.Collections;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Graph;
using EntryVisibility = Istio.Mesh.V1Alpha1.ServiceEntryVisibility.Types.Visibility;

namespace Lateen.Pilot.Model;

/// <summary>Who sees what: default views by <c>exportTo</c>, and the views that Sidecar objects give (contract
/// 5.7).</summary>
public sealed class ScopeQueries
{
    private readonly MeshModel _model;
    private readonly Query<ScopeKey, ServiceScope> _scope;
    private readonly Query<ScopeKey, ServiceView> _view;
    private readonly Query<string, string> _viewNamespace;
    private readonly Query<string, EquatableArray<ServiceListing>> _visibleServices;
    private readonly Query<string, EquatableArray<VirtualServiceListing>> _visibleVirtualServices;

    internal ScopeQueries(IncrementalGraph graph, MeshModel model)
    {
        _model = model;
        _scope = graph.CreateQuery<ScopeKey, ServiceScope>("scope", Compute);
        _view = graph.CreateQuery<ScopeKey, ServiceView>("view", (context, key) =>
            new ServiceView(_scope.Get(context, key).Services));
        _viewNamespace = graph.CreateQuery<string, string>("viewNamespace", ComputeViewNamespace);
        _visibleServices = graph.CreateQuery<string, EquatableArray<ServiceListing>>("visibleServices", ComputeVisible);
        _visibleVirtualServices = graph.CreateQuery<string, EquatableArray<VirtualServiceListing>>(
            "visibleVirtualServices", ComputeVisibleVirtualServices);
    }

    /// <summary>The services and VirtualServices of a view.</summary>
    public ServiceScope Get(QueryContext context, ScopeKey key) => _scope.Get(context, key);

    /// <summary>The services of a view alone, by host.</summary>
    public ServiceView ViewOf(QueryContext context, ScopeKey key) => _view.Get(context, key);

    /// <summary>The service of a host in a view, or null. In a default view only what declares this host is read, so
    /// that services that come and go leave the reader alone.</summary>
    public ServiceListing? Find(QueryContext context, ScopeKey key, string host)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!key.IsDefault)
        {
            return ViewOf(context, key).Find(host);
        }
        var builder = new ScopeBuilder(key.Namespace);
        builder.AddAll(Visible(context, key.Namespace, _model.Inputs.ListingsByHost.Get(context, host)));
        return builder.Services() is { IsEmpty: false } found ? found[0] : null;
    }

    /// <summary>All services exported to a namespace: private ones first, then oldest first; hosts may
    /// repeat.</summary>
    public EquatableArray<ServiceListing> VisibleServices(QueryContext context, string @namespace)
        => _visibleServices.Get(context, @namespace);

    /// <summary>All VirtualServices exported to a namespace: private ones first, then oldest first.</summary>
    public EquatableArray<VirtualServiceListing> VisibleVirtualServices(QueryContext context, string @namespace)
        => _visibleVirtualServices.Get(context, @namespace);

    /// <summary>The Sidecar object of a view, or null for a default view.</summary>
    public MeshObject? SidecarOf(QueryContext context, ScopeKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.IsDefault ? null
            : _model.Inputs.Objects.Get(context,
                new ObjectKey(ObjectKind.Sidecar, key.SidecarNamespace, key.SidecarName));
    }

    /// <summary>The view of a workload: its Sidecar by label, else the namespace's, else the root namespace's, else the
    /// default one.</summary>
    public ScopeKey KeyOf(QueryContext context, ProxyType type, string @namespace, Labels labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (type == ProxyType.Sidecar)
        {
            MeshObject? fallback = null;
            foreach (var item in _model.Inputs.ByKind.Get(context, (ObjectKind.Sidecar, @namespace)))
            {
                var selector = item.As<Sidecar>().WorkloadSelector;
                if (selector is not { Labels.Count: > 0 })
                {
                    fallback ??= item;
                }
                else if (labels.Matches(selector.Labels))
                {
                    return new ScopeKey(@namespace, @namespace, item.Key.Name);
                }
            }
            fallback ??= RootSidecar(context, @namespace);
            if (fallback is not null)
            {
                return new ScopeKey(@namespace, fallback.Key.Namespace, fallback.Key.Name);
            }
        }
        return new ScopeKey(_viewNamespace.Get(context, @namespace));
    }

    private MeshObject? RootSidecar(QueryContext context, string @namespace)
    {
        var root = _model.Inputs.MeshConfig(context).RootNamespace;
        return root == @namespace ? null : _model.Inputs.ByKind.Get(context, (ObjectKind.Sidecar, root))
            .FirstOrDefault(i => i.As<Sidecar>().WorkloadSelector is not { Labels.Count: > 0 });
    }

    /// <summary>
    /// A namespace shares the common view while nothing sets it apart: no object is exported to certain namespaces with
    /// it among them, its rules speak of its own services to all, and none of its hosts is declared elsewhere as well.
    /// </summary>
    private string ComputeViewNamespace(QueryContext context, string @namespace)
    {
        var inputs = _model.Inputs;
        var mesh = inputs.MeshConfig(context);
        var open = mesh.DefaultServiceExportTo.Contains("*") && mesh.DefaultVirtualServiceExportTo.Contains("*")
            && mesh.DefaultDestinationRuleExportTo.Contains("*")
            && mesh.ServiceEntryVisibility is not { ApplyToSidecars: true };
        if (!open || @namespace == mesh.RootNamespace || !inputs.RestrictedExports.Get(context, @namespace).IsEmpty)
        {
            return @namespace;
        }
        foreach (var item in inputs.ByKind.Get(context, (ObjectKind.DestinationRule, @namespace)))
        {
            var rule = item.As<DestinationRule>();
            var host = HostNames.Resolve(rule.Host, @namespace, _model.Options.DomainSuffix);
            var own = !HostNames.IsWildcard(host)
                && !inputs.ServiceSources.Get(context, new ServiceKey(host, @namespace)).IsEmpty;
            if (!own || rule.WorkloadSelector is { MatchLabels.Count: > 0 })
            {
                return @namespace;
            }
        }
        foreach (var service in inputs.ListingsByNamespace.Get(context, @namespace))
        {
            if (inputs.ListingsByHost.Get(context, service.Key.Hostname).Any(l => l.Key.Namespace != @namespace))
            {
                return @namespace;
            }
        }
        return ScopeKey.AnyNamespace;
    }

    private EquatableArray<ServiceListing> ComputeVisible(QueryContext context, string @namespace)
        => Visible(context, @namespace, _model.Inputs.Listings.Get(context, ""));

    private EquatableArray<ServiceListing> Visible(
        QueryContext context, string @namespace, ImmutableArray<ServiceListing> listings)
    {
        RepeatedField<string> FallbackFor(ServiceListing listing) => DefaultExport(context, listing);
        var visible = listings
            .Where(l => Visibility.IsVisible(l.ExportTo, FallbackFor(l), l.Key.Namespace, @namespace)).ToList();
        return visible.Where(l => Visibility.IsPrivate(l.ExportTo, FallbackFor(l)))
            .Concat(visible.Where(l => !Visibility.IsPrivate(l.ExportTo, FallbackFor(l)))).ToEquatable();
    }

    /// <summary>Who sees a service that does not say: for a ServiceEntry the mesh may have rules of its own, the first
    /// one that the entry's namespace meets.</summary>
    private RepeatedField<string> DefaultExport(QueryContext context, ServiceListing listing)
    {
        var mesh = _model.Inputs.MeshConfig(context);
        if (listing.Registry != ServiceRegistry.External
            || mesh.ServiceEntryVisibility is not { ApplyToSidecars: true })
        {
            return mesh.DefaultServiceExportTo;
        }
        var rules = mesh.ServiceEntryVisibility;
        var own = rules.Policies.Count == 0 ? null : _model.Inputs.Objects.Get(
            context, new ObjectKey(ObjectKind.Namespace, "", listing.Key.Namespace));
        var policy = rules.Policies.FirstOrDefault(policy => policy.MatchingRules.Any(rule =>
            LabelSelectors.Matches(rule.NamespaceSelector, own?.Labels ?? Labels.Empty)));
        return (policy?.Visibility ?? rules.DefaultVisibility) switch
        {
            EntryVisibility.None => ["~"],
            EntryVisibility.Namespace => ["."],
            EntryVisibility.Public => ["*"],
            _ => mesh.DefaultServiceExportTo,
        };
    }

    private EquatableArray<VirtualServiceListing> ComputeVisibleVirtualServices(QueryContext context, string @namespace)
    {
        var fallback = _model.Inputs.MeshConfig(context).DefaultVirtualServiceExportTo;
        var visible = _model.Inputs.VirtualServices.Get(context, "")
            .Where(l => Visibility.IsVisible(l.ExportTo, fallback, l.Key.Namespace, @namespace)).ToList();
        return visible.Where(l => Visibility.IsPrivate(l.ExportTo, fallback))
            .Concat(visible.Where(l => !Visibility.IsPrivate(l.ExportTo, fallback))).ToEquatable();
    }

    private ServiceScope Compute(QueryContext context, ScopeKey key)
    {
        var services = VisibleServices(context, key.Namespace);
        var virtualServices = VisibleVirtualServices(context, key.Namespace).Items.Where(v => v.AppliesToMesh).ToList();
        var sidecar = SidecarOf(context, key)?.As<Sidecar>();
        var builder = new ScopeBuilder(key.Namespace);
        if (sidecar is null || sidecar.Egress.Count == 0)
        {
            builder.AddAll(services);
            var all = builder.Services();
            return new ServiceScope(all, [new EgressListenerScope(-1, all, virtualServices.ToEquatable())]);
        }
        var listeners = new List<EgressListenerScope>();
        for (var i = 0; i < sidecar.Egress.Count; i++)
        {
            var hosts = new ImportedHosts(sidecar.Egress[i].Hosts, key.Namespace);
            // An HTTP proxy takes requests for every port, whatever its own is.
            var declared = sidecar.Egress[i].Port;
            var port = declared is null || ProtocolRules.Parse(declared.Protocol) == Protocol.HttpProxy ? 0
                : (int)declared.Number;
            var imported = ScopeBuilder.Import(services, hosts, port, key.Namespace);
            var rules = virtualServices.Where(v => v.Hosts.Items.Any(h => hosts.Overlaps(v.Key.Namespace, h)))
                .ToEquatable();
            listeners.Add(new EgressListenerScope(i, imported, rules));
            builder.AddAll(imported);
        }
        foreach (var listener in listeners)
        {
            AddDestinations(context, builder, key.Namespace, listener.VirtualServices);
        }
        return new ServiceScope(builder.Services(), listeners.ToEquatable());
    }

    /// <summary>What an imported VirtualService sends to is imported with it, in the own namespace before
    /// others.</summary>
    private void AddDestinations(
        QueryContext context, ScopeBuilder builder, string @namespace, EquatableArray<VirtualServiceListing> rules)
    {
        var fallback = _model.Inputs.MeshConfig(context).DefaultServiceExportTo;
        foreach (var group in rules.Items.SelectMany(v => v.Destinations.Items).GroupBy(d => d.Host, d => d.Port))
        {
            var ports = group.Contains(0) ? null : group.ToHashSet();
            var candidates = _model.Inputs.ListingsByHost.Get(context, group.Key)
                .Where(l => Visibility.IsVisible(l.ExportTo, fallback, l.Key.Namespace, @namespace))
                .OrderBy(l => l.Key.Namespace != @namespace).ThenBy(l => l.Key.Namespace, StringComparer.Ordinal);
            if (candidates.FirstOrDefault() is { } service)
            {
                builder.AddDestination(service, ports);
            }
        }
    }
}
