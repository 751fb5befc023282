using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>
/// What decides where a service is seen. It is kept in an index, so that a change of anything else about a service
/// (labels, endpoints, addresses) does not touch the views of the mesh.
/// </summary>
/// <param name="Key">Host and namespace.</param>
/// <param name="Registry">Where it was declared.</param>
/// <param name="CreatedAt">Unix seconds.</param>
/// <param name="Source">Name of the declaring object.</param>
/// <param name="Ports">Its ports.</param>
/// <param name="ExportTo">As declared; empty for the mesh's default.</param>
/// <param name="Resolution">How endpoints are found.</param>
public sealed record ServiceListing(
    ServiceKey Key,
    ServiceRegistry Registry,
    long CreatedAt,
    string Source,
    EquatableArray<ServicePort> Ports,
    EquatableArray<string> ExportTo,
    Resolution Resolution)
{
    /// <summary>Oldest first; ties by the declaring object's name, then namespace, then host.</summary>
    public static IComparer<ServiceListing> OldestFirst { get; } = Comparer<ServiceListing>.Create(Compare);

    private static int Compare(ServiceListing a, ServiceListing b)
    {
        var order = a.CreatedAt.CompareTo(b.CreatedAt);
        order = order != 0 ? order : string.CompareOrdinal(a.Source, b.Source);
        order = order != 0 ? order : string.CompareOrdinal(a.Key.Namespace, b.Key.Namespace);
        return order != 0 ? order : string.CompareOrdinal(a.Key.Hostname, b.Key.Hostname);
    }
}
