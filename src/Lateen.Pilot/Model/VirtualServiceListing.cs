using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>What decides where a VirtualService applies and which services it pulls into a Sidecar's view.</summary>
/// <param name="Key">The object.</param>
/// <param name="CreatedAt">Unix seconds.</param>
/// <param name="Hosts">Full names.</param>
/// <param name="Gateways">As declared, empty means the mesh.</param>
/// <param name="ExportTo">As declared; empty for the mesh's default.</param>
/// <param name="Destinations">Full host and port of everything it sends to; port zero stands for all ports.</param>
public sealed record VirtualServiceListing(
    ObjectKey Key,
    long CreatedAt,
    EquatableArray<string> Hosts,
    EquatableArray<string> Gateways,
    EquatableArray<string> ExportTo,
    EquatableArray<(string Host, int Port)> Destinations)
{
    /// <summary>Oldest first; ties by name, then namespace.</summary>
    public static IComparer<VirtualServiceListing> OldestFirst { get; } =
        Comparer<VirtualServiceListing>.Create(Compare);

    /// <summary>Whether it applies to sidecars.</summary>
    public bool AppliesToMesh => Gateways.IsEmpty || Gateways.Items.Contains("mesh");

    /// <summary>Reads one object.</summary>
    public static VirtualServiceListing Of(MeshObject item, string domainSuffix)
    {
        ArgumentNullException.ThrowIfNull(item);
        var spec = item.As<VirtualService>();
        var @namespace = item.Key.Namespace;
        string Full(string host) => HostNames.Resolve(host, @namespace, domainSuffix);
        return new VirtualServiceListing(
            item.Key,
            item.CreatedAt,
            spec.Hosts.Select(Full).ToEquatable(),
            spec.Gateways.ToEquatable(),
            spec.ExportTo.ToEquatable(),
            AllDestinations(spec).Where(d => d is not null)
                .Select(d => (Full(d.Host), (int)(d.Port?.Number ?? 0))).Distinct().ToEquatable());
    }

    private static IEnumerable<Destination> AllDestinations(VirtualService spec)
    {
        foreach (var http in spec.Http)
        {
            foreach (var route in http.Route)
            {
                yield return route.Destination;
            }
            if (http.Mirror is not null)
            {
                yield return http.Mirror;
            }
            foreach (var mirror in http.Mirrors)
            {
                yield return mirror.Destination;
            }
        }
        foreach (var route in spec.Tcp.SelectMany(t => t.Route).Concat(spec.Tls.SelectMany(t => t.Route)))
        {
            yield return route.Destination;
        }
    }

    private static int Compare(VirtualServiceListing a, VirtualServiceListing b)
    {
        var order = a.CreatedAt.CompareTo(b.CreatedAt);
        order = order != 0 ? order : string.CompareOrdinal(a.Key.Name, b.Key.Name);
        return order != 0 ? order : string.CompareOrdinal(a.Key.Namespace, b.Key.Namespace);
    }
}
