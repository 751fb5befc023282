namespace Lateen.Agent.Secrets;

/// <summary>A secret as a proxy gets it: either certificate and key, or roots. Never logged.</summary>
/// <param name="Name">Name asked for.</param>
/// <param name="CertificateChain">PEM; empty for roots.</param>
/// <param name="PrivateKey">PEM; empty for roots.</param>
/// <param name="TrustedCa">PEM; empty for a certificate.</param>
public sealed record ServedSecret(string Name, string CertificateChain, string PrivateKey, string TrustedCa)
{
    /// <summary>Whether it holds roots.</summary>
    public bool IsRoots => TrustedCa.Length > 0;

    /// <summary>The name only.</summary>
    public override string ToString() => Name;
}
