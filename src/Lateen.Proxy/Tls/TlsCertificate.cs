namespace Lateen.Proxy.Tls;

/// <summary>A certificate chain with its key, as PEM. A rotated one is a new object.</summary>
internal sealed class TlsCertificate
{
    public required byte[] CertificateChainPem { get; init; }

    public required byte[] PrivateKeyPem { get; init; }

    /// <summary>Password of the key; null when it is not encrypted.</summary>
    public byte[]? Password { get; init; }

    /// <summary>Where the chain came from, for <c>/certs</c>: a path, or <c>&lt;inline&gt;</c>.</summary>
    public string Origin { get; init; } = "<inline>";
}
