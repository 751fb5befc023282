namespace Lateen.Net;

/// <summary>Rules over a peer's certificate beyond its chain: names and hashes.</summary>
public interface ITlsPeerVerifier
{
    /// <summary>
    /// Gives <see cref="TlsFailureKind.None"/> to accept, else why not, with a text for logs. Called on the worker's
    /// thread during the handshake.
    /// </summary>
    TlsFailureKind Verify(TlsCertificateInfo certificate, out string? reason);
}
