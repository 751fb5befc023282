using System.Collections.Immutable;

namespace Lateen.Proxy.Tls;

/// <summary>What a TLS context asks for besides names and secrets; described at
/// <see cref="TlsContextConfig"/>.</summary>
internal sealed record TlsSettings
{
    /// <summary>Of a client that asks for nothing.</summary>
    public static TlsSettings Default { get; } = new();

    public bool IsDownstream { get; init; }

    public ImmutableArray<byte[]> AlpnProtocols { get; init; } = [];

    public int MinimumVersion { get; init; }

    public int MaximumVersion { get; init; }

    public ImmutableArray<string> CipherSuites { get; init; } = [];

    public ImmutableArray<string> EcdhCurves { get; init; } = [];

    public ImmutableArray<string> SignatureAlgorithms { get; init; } = [];

    public bool IsFips { get; init; }

    public bool RequireClientCertificate { get; init; }

    public bool DisableStatelessSessionResumption { get; init; }

    public bool DisableStatefulSessionResumption { get; init; }

    public long SessionTimeoutSeconds { get; init; }

    public bool PreferClientCiphers { get; init; }

    public bool FullScanCertificatesOnSniMismatch { get; init; }

    public Net.TlsOcspPolicy OcspPolicy { get; init; }

    public bool AutoHostSni { get; init; }

    public bool AutoSniSanValidation { get; init; }

    public int MaxSessionKeys { get; init; } = 1;

    public bool AllowRenegotiation { get; init; }
}
