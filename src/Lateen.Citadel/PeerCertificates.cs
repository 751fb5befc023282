using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;

namespace Lateen.Citadel;

/// <summary>
/// Remembers, as long as a connection's leaf certificate lives, what else its peer sent: the server's API gives the
/// leaf alone, but verification may need the certificates between it and the root.
/// </summary>
public sealed class PeerCertificates
{
    /// <summary>More than this many certificates of one peer are not looked at.</summary>
    private const int ChainMax = 8;

    private readonly ConditionalWeakTable<X509Certificate, IReadOnlyList<X509Certificate2>> _chains = [];

    /// <summary>Takes note at the handshake.</summary>
    public void Note(X509Certificate leaf, X509Chain? chain)
    {
        var others = chain?.ChainPolicy.ExtraStore.Take(ChainMax).Select(Copy).ToList() ?? [];
        _chains.AddOrUpdate(leaf, others);
    }

    /// <summary>Leaf first, then what came with it.</summary>
    public IReadOnlyList<X509Certificate2> ChainOf(X509Certificate2? leaf)
    {
        return leaf is null ? [] : _chains.TryGetValue(leaf, out var others) ? [leaf, .. others] : [leaf];
    }

    /// <summary>The store's certificates are disposed of with the handshake.</summary>
    private static X509Certificate2 Copy(X509Certificate2 certificate)
        => X509CertificateLoader.LoadCertificate(certificate.RawData);
}
