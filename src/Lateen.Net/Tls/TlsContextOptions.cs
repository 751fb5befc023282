namespace Lateen.Net;

/// <summary>What a <see cref="TlsContext"/> is built from. Everything is bytes; nothing is read from files.</summary>
public sealed class TlsContextOptions
{
    /// <summary>Server (downstream) or client (upstream).</summary>
    public bool IsServer { get; init; }

    /// <summary>Own certificates; a client has at most one. Servers choose by SNI, the first is the default.</summary>
    public IReadOnlyList<TlsKeyPair> Certificates { get; init; } = [];

    /// <summary>Trusted authorities, PEM; null: the peer's chain is not verified.</summary>
    public byte[]? TrustedCaPem { get; init; }

    /// <summary>Revocation lists, PEM.</summary>
    public byte[]? CrlPem { get; init; }

    /// <summary>Revocation is checked for the leaf only.</summary>
    public bool CrlLeafOnly { get; init; }

    /// <summary>Roots by SPIFFE trust domain; when not empty they replace <see cref="TrustedCaPem"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, byte[]>> TrustBundles { get; init; } = [];

    /// <summary>Names and hashes; null: none are demanded.</summary>
    public ITlsPeerVerifier? Verifier { get; init; }

    /// <summary>A chain that is not trusted is let through as not validated.</summary>
    public bool AcceptUntrusted { get; init; }

    /// <summary>Validity dates are not looked at.</summary>
    public bool AllowExpired { get; init; }

    /// <summary>Servers: ask for a certificate.</summary>
    public bool RequestCertificate { get; init; }

    /// <summary>Servers: refuse clients without one.</summary>
    public bool RequireCertificate { get; init; }

    /// <summary>ALPN names in order of preference; empty: none.</summary>
    public IReadOnlyList<byte[]> AlpnProtocols { get; init; } = [];

    /// <summary>0x0301 to 0x0304. Default TLS 1.2.</summary>
    public int MinimumVersion { get; init; } = 0x0303;

    /// <summary>0x0301 to 0x0304. Default TLS 1.3.</summary>
    public int MaximumVersion { get; init; } = 0x0304;

    /// <summary>Suites for TLS 1.2 and below, in the language of Envoy's lists; empty: its default.</summary>
    public string CipherSuites { get; init; } = "";

    /// <summary>Groups joined by colons; empty: X25519, P-256.</summary>
    public string Groups { get; init; } = "";

    /// <summary>Signature algorithms joined by colons, by either of their kinds of names; empty: the
    /// library's.</summary>
    public string Signatures { get; init; } = "";

    /// <summary>Only what the policy <c>FIPS_202205</c> allows, whatever else is said.</summary>
    public bool IsFips { get; init; }

    /// <summary>Servers: no session tickets.</summary>
    public bool DisableTickets { get; init; }

    /// <summary>Servers, TLS 1.2 without tickets: no sessions kept here either.</summary>
    public bool DisableSessionCache { get; init; }

    /// <summary>Keys of session tickets, 80 bytes each: the first encrypts, all decrypt. Empty: the library's own,
    /// which no other context knows.</summary>
    public IReadOnlyList<byte[]> TicketKeys { get; init; } = [];

    /// <summary>Servers: what a session belongs to, at most 32 bytes; one of another context is not resumed even with
    /// the same ticket keys. Empty: the same for all.</summary>
    public byte[] SessionContext { get; init; } = [];

    /// <summary>Seconds that a session may be resumed; 0: the library's default.</summary>
    public long SessionSeconds { get; init; }

    /// <summary>Servers: the client's order of suites decides.</summary>
    public bool PreferClientCiphers { get; init; }

    /// <summary>Servers: a name that no certificate has looks at all certificates for one that the client's key
    /// types allow, not at the first only.</summary>
    public bool FullScanOnNameMismatch { get; init; }

    /// <summary>Servers: what a missing or outdated OCSP answer does.</summary>
    public TlsOcspPolicy OcspPolicy { get; init; }

    /// <summary>Longest chain of intermediates; negative: the library's default, 100.</summary>
    public int VerifyDepthMax { get; init; } = -1;

    /// <summary>Takes the lines of secrets in NSS format of the sessions that ask for it; null: none.</summary>
    public Action<byte[]>? KeyLog { get; init; }

    /// <summary>Clients: sessions kept for resumption; 0: none.</summary>
    public int SessionsMax { get; init; } = 1;

    /// <summary>Clock for the cache of verified chains.</summary>
    public required TimeProvider Clock { get; init; }
}
