using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Security;
using RuleBucket = (string Namespace, string Host);

namespace Lateen.Pilot.Model;

/// <summary>
/// The facts of the mesh: configuration objects, mesh options and networks, with the indexes that let a query depend on
/// little. Written by the graph's owner only.
/// </summary>
public sealed class MeshInputs
{
    internal const string ClientSide = "client";
    internal const string ServerSide = "server";
    private const string Only = "";
    private readonly InputTable<string, MeshConfig> _meshConfig;
    private readonly InputTable<string, MeshNetworks> _networks;
    private readonly InputTable<JwksSource, string> _jwks;

    /// <summary>Makes the tables in the graph.</summary>
    public MeshInputs(IncrementalGraph graph, MeshOptions options)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(options);
        var suffix = options.DomainSuffix;
        var oldest = MeshObject.OldestFirst;
        _meshConfig = graph.CreateInput<string, MeshConfig>("meshConfig");
        _networks = graph.CreateInput<string, MeshNetworks>("meshNetworks");
        _jwks = graph.CreateInput<JwksSource, string>("jwks");
        Objects = graph.CreateInput<ObjectKey, MeshObject>("object");
        ByKind = Objects.AddIndex("byKind", (k, o) => One((k.Kind, k.Namespace), o), oldest);
        Gateways = Objects.AddIndex(
            "gateways", (k, o) => k.Kind == ObjectKind.Gateway ? One(Only, o) : [], oldest);
        Listings = Objects.AddIndex(
            "listings", (_, o) => ListingsOf(o, suffix).Select(l => (Only, l)), ServiceListing.OldestFirst);
        ListingsByHost = Objects.AddIndex(
            "listingsByHost", (_, o) =>
                ListingsOf(o, suffix).Select(l => (l.Key.Hostname, l)), ServiceListing.OldestFirst);
        ListingsByNamespace = Objects.AddIndex(
            "listingsByNamespace", (_, o) => ListingsOf(o, suffix).Select(l => (l.Key.Namespace, l)),
            ServiceListing.OldestFirst);
        ServiceSources = Objects.AddIndex(
            "serviceSources", (_, o) => ListingsOf(o, suffix).Select(l => (l.Key, o)).Distinct(), oldest);
        VirtualServices = Objects.AddIndex(
            "virtualServices",
            (k, o) => k.Kind == ObjectKind.VirtualService ? One(Only, VirtualServiceListing.Of(o, suffix)) : [],
            VirtualServiceListing.OldestFirst);
        VirtualServicesByHost = Objects.AddIndex(
            "virtualServicesByHost",
            (k, o) => k.Kind == ObjectKind.VirtualService
                ? VirtualServiceListing.Of(o, suffix).Hosts.Items.Distinct().Select(h => (h, o)) : [],
            oldest);
        DestinationRulesByHost = Objects.AddIndex(
            "destinationRulesByHost",
            (k, o) => k.Kind == ObjectKind.DestinationRule
                ? One((k.Namespace, HostNames.Resolve(o.As<DestinationRule>().Host, k.Namespace, suffix)), o) : [],
            oldest);
        Slices = Objects.AddIndex(
            "slices",
            (k, o) => k.Kind == ObjectKind.EndpointSlice && o.Labels.Get(WellKnownLabels.ServiceName) is { } name
                ? One((k.Namespace, name), o) : [],
            oldest);
        WorkloadsByLabel = Objects.AddIndex(
            "workloadsByLabel", (k, o) => WorkloadFacts.LabelBuckets(k, o), oldest);
        ServicesByAddress = Objects.AddIndex(
            "servicesByAddress", (k, o) =>
                WorkloadFacts.AddressBuckets(k, o, suffix), Comparer<ServiceKey>.Create(Compare));
        WorkloadsByAddress = Objects.AddIndex(
            "workloadsByAddress",
            (k, o) => WorkloadFacts.AddressesOf(k, o).Distinct().Select(a => (a, o)), oldest);
        NetworkServices = Objects.AddIndex(
            "networkServices",
            (k, o) => k.Kind == ObjectKind.Service && o.Labels.Get(WellKnownLabels.Network) is { Length: > 0 }
                ? One(Only, o) : [],
            oldest);
        SelectorKeys = Objects.AddIndex(
            "selectorKeys",
            (_, o) => SelectorFacts.ClientKeysOf(o).Distinct().Select(key => (ClientSide, key))
                .Concat(SelectorFacts.ServerKeysOf(o).Distinct().Select(key => (ServerSide, key))),
            StringComparer.Ordinal);
        RestrictedExports = Objects.AddIndex(
            "restrictedExports", (k, o) => SelectorFacts.RestrictedTo(k, o).Distinct().Select(ns => (ns, k.ToString())),
            StringComparer.Ordinal);
        SourceNamespaces = Objects.AddIndex(
            "sourceNamespaces", (_, o) => SelectorFacts.SourceNamespacesOf(o).Distinct().Select(ns => (ns, ns)),
            StringComparer.Ordinal);
    }

    /// <summary>All objects.</summary>
    public InputTable<ObjectKey, MeshObject> Objects { get; }

    /// <summary>Objects by kind and namespace, oldest first.</summary>
    public InputIndex<ObjectKey, MeshObject, (string Kind, string Namespace), MeshObject> ByKind { get; }

    /// <summary>All Gateways, oldest first (bucket: empty text).</summary>
    public InputIndex<ObjectKey, MeshObject, string, MeshObject> Gateways { get; }

    /// <summary>All services as listings (bucket: empty text).</summary>
    public InputIndex<ObjectKey, MeshObject, string, ServiceListing> Listings { get; }

    /// <summary>Services by exact host.</summary>
    public InputIndex<ObjectKey, MeshObject, string, ServiceListing> ListingsByHost { get; }

    /// <summary>Services by namespace.</summary>
    public InputIndex<ObjectKey, MeshObject, string, ServiceListing> ListingsByNamespace { get; }

    /// <summary>The objects that declare a service, oldest first.</summary>
    public InputIndex<ObjectKey, MeshObject, ServiceKey, MeshObject> ServiceSources { get; }

    /// <summary>All VirtualServices as listings (bucket: empty text).</summary>
    public InputIndex<ObjectKey, MeshObject, string, VirtualServiceListing> VirtualServices { get; }

    /// <summary>VirtualServices by full host as declared (exact or wildcard), oldest first.</summary>
    public InputIndex<ObjectKey, MeshObject, string, MeshObject> VirtualServicesByHost { get; }

    /// <summary>DestinationRules by namespace and full host as declared (exact or wildcard), oldest first.</summary>
    public InputIndex<ObjectKey, MeshObject, RuleBucket, MeshObject> DestinationRulesByHost { get; }

    /// <summary>EndpointSlices by namespace and name of their service.</summary>
    public InputIndex<ObjectKey, MeshObject, (string Namespace, string Service), MeshObject> Slices { get; }

    /// <summary>Pods and WorkloadEntries by namespace and one label (<c>key=value</c>).</summary>
    public InputIndex<ObjectKey, MeshObject, (string Namespace, string Label), MeshObject> WorkloadsByLabel { get; }

    /// <summary>Services that name an address of an endpoint themselves, by that address.</summary>
    public InputIndex<ObjectKey, MeshObject, string, ServiceKey> ServicesByAddress { get; }

    /// <summary>Pods and WorkloadEntries by address.</summary>
    public InputIndex<ObjectKey, MeshObject, string, MeshObject> WorkloadsByAddress { get; }

    /// <summary>Kubernetes Services that are the gateway of a network (bucket: empty text).</summary>
    public InputIndex<ObjectKey, MeshObject, string, MeshObject> NetworkServices { get; }

    /// <summary>Label keys that some selector looks at, repeated (buckets: client side, server side).</summary>
    public InputIndex<ObjectKey, MeshObject, string, string> SelectorKeys { get; }

    /// <summary>Objects that only certain namespaces see, by namespace.</summary>
    public InputIndex<ObjectKey, MeshObject, string, string> RestrictedExports { get; }

    /// <summary>Namespaces whose calls some VirtualService treats apart, repeated (bucket: the namespace).</summary>
    public InputIndex<ObjectKey, MeshObject, string, string> SourceNamespaces { get; }

    /// <summary>The mesh's options; Istio's defaults are for whoever sets them to fill in.</summary>
    public MeshConfig MeshConfig(QueryContext context)
        => _meshConfig.Get(context, Only) ?? MeshDefaults.MeshConfig;

    /// <summary>The mesh's networks; empty when none were given.</summary>
    public MeshNetworks Networks(QueryContext context) => _networks.Get(context, Only) ?? MeshDefaults.Networks;

    /// <summary>The key set of a source as JSON; null when it could not be fetched, empty when it holds no key that
    /// proxies can use.</summary>
    public string? Jwks(QueryContext context, JwksSource source) => _jwks.Get(context, source);

    /// <summary>Replaces the mesh's options.</summary>
    public void SetMeshConfig(MeshConfig config) => _meshConfig.Set(Only, config);

    /// <summary>Replaces the mesh's networks.</summary>
    public void SetNetworks(MeshNetworks networks) => _networks.Set(Only, networks);

    /// <summary>Puts a fetched key set in place; null takes it away.</summary>
    public void SetJwks(JwksSource source, string? keys)
    {
        if (keys is null)
        {
            _jwks.Remove(source);
        }
        else
        {
            _jwks.Set(source, keys);
        }
    }

    /// <summary>The services that an object declares.</summary>
    internal static IEnumerable<ServiceListing> ListingsOf(MeshObject item, string domainSuffix)
    {
        return item.Key.Kind switch
        {
            ObjectKind.Service => [KubernetesServices.Listing(item, domainSuffix)],
            ObjectKind.ServiceEntry => ServiceEntries.Listings(item),
            _ => [],
        };
    }

    private static IEnumerable<(TBucket, TItem)> One<TBucket, TItem>(TBucket bucket, TItem item) => [(bucket, item)];

    private static int Compare(ServiceKey a, ServiceKey b)
    {
        var order = string.CompareOrdinal(a.Hostname, b.Hostname);
        return order != 0 ? order : string.CompareOrdinal(a.Namespace, b.Namespace);
    }
}
