using Lateen.Security.Spiffe;

namespace Lateen.Security.Authentication;

/// <summary>Who a caller has proved to be.</summary>
/// <param name="Source">The authenticator that vouches, e.g. <c>JoinTokenAuthenticator</c>.</param>
/// <param name="Names">Its SPIFFE identities; at least one.</param>
public sealed record CallerIdentity(string Source, IReadOnlyList<string> Names)
{
    /// <summary>
    /// Whether one of the identities is of this namespace and, unless it is empty, this service account: the check of a
    /// proxy's node metadata (Istio's PILOT_ENABLE_XDS_IDENTITY_CHECK).
    /// </summary>
    public bool Matches(string ns, string serviceAccount)
    {
        foreach (var name in Names)
        {
            if (SpiffeId.TryParse(name, out var id) && id.Namespace == ns
                && (serviceAccount.Length == 0 || id.ServiceAccount == serviceAccount))
            {
                return true;
            }
        }
        return false;
    }
}
