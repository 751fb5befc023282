using System.Security.Cryptography.X509Certificates;

namespace Lateen.Security.Authentication;

/// <summary>What a caller of the control plane shows of itself. Never logged.</summary>
/// <param name="Authorization">The <c>authorization</c> metadata as it came; null when there is none.</param>
/// <param name="ClusterId">The <c>clusterid</c> metadata: whose API server knows the token; empty for the local
/// one.</param>
/// <param name="PeerChain">The TLS client's certificates as presented, leaf first, not verified; empty when there are
/// none.</param>
public sealed record CallerCredentials(
    string? Authorization,
    string ClusterId,
    IReadOnlyList<X509Certificate2> PeerChain)
{
    private const string Scheme = "Bearer ";

    /// <summary>The bearer token; null when there is none. The scheme's case counts, as in Istio.</summary>
    public string? BearerToken =>
        Authorization is not null && Authorization.StartsWith(Scheme, StringComparison.Ordinal)
            ? Authorization[Scheme.Length..]
            : null;

    /// <summary>Who calls, for logs: nothing secret.</summary>
    public override string ToString() =>
        $"token {(BearerToken is null ? "absent" : "present")}, client certificates {PeerChain.Count}";
}
