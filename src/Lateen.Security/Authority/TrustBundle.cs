using System.Collections.Frozen;
using System.Security.Cryptography.X509Certificates;
using Lateen.Security.Certificates;
using Lateen.Security.Spiffe;

namespace Lateen.Security.Authority;

/// <summary>
/// The roots by trust domain: a peer is verified with the roots of the domain that it claims, so that no authority can
/// vouch for another's identities. Immutable.
/// </summary>
/// <param name="roots">Roots by trust domain.</param>
/// <param name="known">Certificates between a leaf and its root that a peer need not present.</param>
public sealed class TrustBundle(
    IReadOnlyDictionary<string, IReadOnlyList<X509Certificate2>> roots,
    IReadOnlyList<X509Certificate2>? known = null)
{
    private readonly FrozenDictionary<string, IReadOnlyList<X509Certificate2>> _roots = roots.ToFrozenDictionary();

    /// <summary>Verifies the chain that a peer presented, leaf first. Null when it is good, else the reason.</summary>
    /// <param name="chain">Leaf first.</param>
    /// <param name="time">As of when.</param>
    /// <param name="identities">The URI names of the leaf when it is good, else empty.</param>
    public string? VerifyPeer(IReadOnlyList<X509Certificate2> chain, DateTimeOffset time,
        out IReadOnlyList<string> identities)
    {
        identities = [];
        if (chain.Count == 0)
        {
            return "the peer presented no certificate";
        }
        var uris = SubjectAlternativeNames.ReadUris(chain[0]);
        // An X.509-SVID has exactly one URI (X509-SVID section 2).
        if (uris.Count != 1)
        {
            return $"the peer certificate has {uris.Count} URI names, expected 1";
        }
        var trustDomain = SpiffeId.TrustDomainOf(uris[0]);
        if (trustDomain is null)
        {
            return $"the peer certificate names no SPIFFE identity: {uris[0]}";
        }
        if (!_roots.TryGetValue(trustDomain, out var domainRoots))
        {
            return $"there are no roots for the trust domain {trustDomain}";
        }
        List<X509Certificate2> intermediates = [.. known ?? []];
        for (var i = 1; i < chain.Count; i++)
        {
            intermediates.Add(chain[i]);
        }
        var reason = CertificateChain.Verify(chain[0], intermediates, domainRoots, time);
        if (reason is null)
        {
            identities = uris;
        }
        return reason;
    }
}
