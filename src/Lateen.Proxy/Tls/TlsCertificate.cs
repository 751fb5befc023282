namespace Lateen.Proxy.Tls;

/// <summary>A certificate chain with its key, as PEM. A rotated one is a new object.</summary>
internal sealed record TlsCertificate
{
    public required byte[] CertificateChainPem { get; init; }

    public required byte[] PrivateKeyPem { get; init; }

    /// <summary>Chain and key as PKCS #12, instead of the PEM texts; null: PEM.</summary>
    public byte[]? Pkcs12 { get; init; }

    /// <summary>OCSP answer to staple, DER; empty: none.</summary>
    public byte[] OcspStaple { get; init; } = [];

    /// <summary>Where the key came from, for messages.</summary>
    public string KeyOrigin { get; init; } = "<inline>";

    /// <summary>Password of the key; null when it is not encrypted.</summary>
    public byte[]? Password { get; init; }

    /// <summary>Where the chain came from, for <c>/certs</c>: a path, or <c>&lt;inline&gt;</c>.</summary>
    public string Origin { get; init; } = "<inline>";

    public Net.TlsKeyPair ToKeyPair() => new(CertificateChainPem, PrivateKeyPem, Password)
    {
        Pkcs12 = Pkcs12,
        Origin = Origin,
        KeyOrigin = KeyOrigin,
        OcspStaple = OcspStaple,
    };
}
