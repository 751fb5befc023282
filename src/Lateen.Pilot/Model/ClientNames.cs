namespace Lateen.Pilot.Model;

/// <summary>
/// The names of a client that stand in its outbound configuration although they decide nothing in it: in spans, and in
/// the short host names that resolve where it is.
/// </summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="SearchNamespace">Namespace of its DNS search domain; empty when that is not a Kubernetes one.</param>
/// <param name="CanonicalService">Name of its canonical service; empty when no label tells.</param>
/// <param name="CanonicalRevision">Revision of its canonical service; empty when no label tells.</param>
public sealed record ClientNames(
    string Namespace, string SearchNamespace, string CanonicalService, string CanonicalRevision)
{
    private const string ServiceMark = ".svc.";

    /// <summary>The names of a group.</summary>
    public static ClientNames Of(ProxyGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        var mark = group.DnsDomain.IndexOf(ServiceMark, StringComparison.Ordinal);
        return new ClientNames(
            group.Namespace, mark < 0 ? "" : group.DnsDomain[..mark], group.CanonicalService, group.CanonicalRevision);
    }

    /// <summary>What follows the namespace in a search domain: <c>.svc.cluster.local</c>; empty for others.</summary>
    internal static string DomainSuffix(string dnsDomain)
    {
        var mark = dnsDomain.IndexOf(ServiceMark, StringComparison.Ordinal);
        return mark < 0 ? "" : dnsDomain[mark..];
    }
}
