using System.Collections.Immutable;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tls;

/// <summary>
/// A TLS context, of a filter chain (downstream) or of a cluster (upstream). Certificates and validation come from
/// slots, so a
/// rotation changes what <see cref="Certificates"/> and <see cref="Validation"/> give for new connections. The
/// transport socket
/// compares the references it built its native context from and builds another when they differ.
/// </summary>
internal sealed class TlsContextConfig
{
    private readonly int _workerCount;
    private object?[]? _nativeContexts;
    private byte[]? _ticketSeed;

    public TlsContextConfig(int workerCount = 1) => _workerCount = workerCount;

    /// <summary>What contexts have alike but for names and secrets; they share it. What reads it is described
    /// here.</summary>
    public TlsSettings Settings { get; internal set; } = TlsSettings.Default;

    public bool IsDownstream
    {
        get => Settings.IsDownstream;
        init => Settings = Settings with { IsDownstream = value };
    }

    /// <summary>Certificates with their keys; several are chosen among by SNI and key type.</summary>
    public ImmutableArray<SecretSlot<TlsCertificate>> Certificates { get; init; } = [];

    /// <summary>Null: the peer is not verified.</summary>
    public SecretSlot<CertificateValidation>? Validation { get; init; }

    /// <summary>ALPN names in order of preference; empty: no ALPN.</summary>
    public ImmutableArray<byte[]> AlpnProtocols
    {
        get => Settings.AlpnProtocols;
        init => Settings = Settings with { AlpnProtocols = value };
    }

    /// <summary>0x0301 to 0x0304; zero: the default (TLS 1.2 lowest; highest 1.3 for servers, 1.2 for
    /// clients).</summary>
    public int MinimumVersion
    {
        get => Settings.MinimumVersion;
        init => Settings = Settings with { MinimumVersion = value };
    }

    public int MaximumVersion
    {
        get => Settings.MaximumVersion;
        init => Settings = Settings with { MaximumVersion = value };
    }

    /// <summary>entries of Envoy's lists; empty: its default.</summary>
    public ImmutableArray<string> CipherSuites
    {
        get => Settings.CipherSuites;
        init => Settings = Settings with { CipherSuites = value };
    }

    public ImmutableArray<string> EcdhCurves
    {
        get => Settings.EcdhCurves;
        init => Settings = Settings with { EcdhCurves = value };
    }

    /// <summary>Names of either kind; empty: the library's default.</summary>
    public ImmutableArray<string> SignatureAlgorithms
    {
        get => Settings.SignatureAlgorithms;
        init => Settings = Settings with { SignatureAlgorithms = value };
    }

    /// <summary>Only what the policy <c>FIPS_202205</c> allows.</summary>
    public bool IsFips
    {
        get => Settings.IsFips;
        init => Settings = Settings with { IsFips = value };
    }

    /// <summary>Downstream: a connection without client certificate is refused.</summary>
    public bool RequireClientCertificate
    {
        get => Settings.RequireClientCertificate;
        init => Settings = Settings with { RequireClientCertificate = value };
    }

    public bool DisableStatelessSessionResumption
    {
        get => Settings.DisableStatelessSessionResumption;
        init => Settings = Settings with { DisableStatelessSessionResumption = value };
    }

    public bool DisableStatefulSessionResumption
    {
        get => Settings.DisableStatefulSessionResumption;
        init => Settings = Settings with { DisableStatefulSessionResumption = value };
    }

    /// <summary>Downstream: keys of session tickets, 80 bytes each; null: keys of our own.</summary>
    public SecretSlot<byte[][]>? TicketKeys { get; init; }

    /// <summary>Downstream: seconds that a session may be resumed; 0: the library's default.</summary>
    public long SessionTimeoutSeconds
    {
        get => Settings.SessionTimeoutSeconds;
        init => Settings = Settings with { SessionTimeoutSeconds = value };
    }

    public bool PreferClientCiphers
    {
        get => Settings.PreferClientCiphers;
        init => Settings = Settings with { PreferClientCiphers = value };
    }

    public bool FullScanCertificatesOnSniMismatch
    {
        get => Settings.FullScanCertificatesOnSniMismatch;
        init => Settings = Settings with { FullScanCertificatesOnSniMismatch = value };
    }

    public Net.TlsOcspPolicy OcspPolicy
    {
        get => Settings.OcspPolicy;
        init => Settings = Settings with { OcspPolicy = value };
    }

    /// <summary>Upstream: the host's name is sent as server name.</summary>
    public bool AutoHostSni
    {
        get => Settings.AutoHostSni;
        init => Settings = Settings with { AutoHostSni = value };
    }

    /// <summary>Upstream: the certificate must have the server name that was sent.</summary>
    public bool AutoSniSanValidation
    {
        get => Settings.AutoSniSanValidation;
        init => Settings = Settings with { AutoSniSanValidation = value };
    }

    /// <summary>Where secrets of sessions are written for debugging; null: nowhere.</summary>
    public TlsKeyLog? KeyLog { get; init; }

    /// <summary>Counters below <c>server_ssl_socket_factory.</c> or <c>client_ssl_socket_factory.</c>.</summary>
    public TlsFactoryStats? FactoryStats { get; init; }

    /// <summary>Makes ticket keys that all workers have, and no other context.</summary>
    public byte[] TicketSeed => _ticketSeed ?? MakeTicketSeed();

    /// <summary>Upstream: the server name sent; empty: none.</summary>
    public byte[] Sni { get; init; } = [];

    /// <summary>Upstream: how many sessions are kept for resumption; default 1, zero: none.</summary>
    public int MaxSessionKeys
    {
        get => Settings.MaxSessionKeys;
        init => Settings = Settings with { MaxSessionKeys = value };
    }

    public bool AllowRenegotiation
    {
        get => Settings.AllowRenegotiation;
        init => Settings = Settings with { AllowRenegotiation = value };
    }

    /// <summary>Whether all secrets have arrived.</summary>
    public bool IsReady
    {
        get
        {
            foreach (var certificate in Certificates)
            {
                if (certificate.Current is null)
                {
                    return false;
                }
            }
            return (Validation is null || Validation.Current is not null)
                && (TicketKeys is null || TicketKeys.Current is not null);
        }
    }

    /// <summary>Whether no secret is waited for any more.</summary>
    public bool IsSettled => Certificates.All(slot => slot.IsSettled) && (Validation?.IsSettled ?? true)
        && (TicketKeys?.IsSettled ?? true);

    /// <summary>Names of the secrets that are waited for.</summary>
    public IEnumerable<string> GetAwaited() =>
    [
        .. new[] { Validation }.Where(slot => slot is { IsSettled: false }).Select(slot => slot!.Name),
        .. Certificates.Where(slot => !slot.IsSettled).Select(slot => slot.Name),
        .. new[] { TicketKeys }.Where(slot => slot is { IsSettled: false }).Select(slot => slot!.Name),
    ];

    /// <summary>A place for the worker's native context. Thread: the worker itself.</summary>
    public ref object? NativeContext(int worker)
    {
        if (_nativeContexts is null)
        {
            Interlocked.CompareExchange(ref _nativeContexts, new object?[_workerCount + 1], null);
        }
        return ref _nativeContexts[worker];
    }

    private byte[] MakeTicketSeed()
    {
        var made = System.Security.Cryptography.RandomNumberGenerator.GetBytes(32);
        return Interlocked.CompareExchange(ref _ticketSeed, made, null) ?? made;
    }
}
