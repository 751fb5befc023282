namespace Lateen.Net;

/// <summary>A certificate chain, leaf first, with its private key.</summary>
/// <param name="CertificateChainPem">PEM.</param>
/// <param name="PrivateKeyPem">PEM.</param>
/// <param name="Password">Of an encrypted key; null when it is not.</param>
public sealed record TlsKeyPair(byte[] CertificateChainPem, byte[] PrivateKeyPem, byte[]? Password = null)
{
    /// <summary>Chain and key in one PKCS #12 file, instead of the PEM texts; null: PEM.</summary>
    public byte[]? Pkcs12 { get; init; }

    /// <summary>Where the chain came from, for messages.</summary>
    public string Origin { get; init; } = "<inline>";

    /// <summary>Where the key came from, for messages.</summary>
    public string KeyOrigin { get; init; } = "<inline>";

    /// <summary>The OCSP answer to staple, DER; empty: none.</summary>
    public byte[] OcspStaple { get; init; } = [];
}
