namespace Lateen.Net;

/// <summary>Why a TLS handshake failed, by Envoy's counters.</summary>
public enum TlsFailureKind
{
    /// <summary>It did not fail.</summary>
    None,

    /// <summary>Something else (<c>connection_error</c>).</summary>
    Protocol,

    /// <summary>No certificate came where one is demanded (<c>fail_verify_no_cert</c>).</summary>
    NoCertificate,

    /// <summary>The chain is not trusted (<c>fail_verify_error</c>).</summary>
    Chain,

    /// <summary>No name fits (<c>fail_verify_san</c>).</summary>
    SubjectAltName,

    /// <summary>No pinned hash fits (<c>fail_verify_cert_hash</c>).</summary>
    CertificateHash,
}
