using Lateen.Security.Spiffe;

namespace Lateen.Citadel;

/// <summary>What the certificate authority is told at its start.</summary>
public sealed record CitadelOptions
{
    /// <summary>Trust domain of the mesh; default <c>cluster.local</c> (mesh configuration
    /// <c>trustDomain</c>).</summary>
    public string TrustDomain { get; init; } = SpiffeId.DefaultTrustDomain;

    /// <summary>Folder of the plugged-in authority; default <c>./etc/cacerts</c> (Istio's ROOT_CA_DIR). It may be
    /// absent.</summary>
    public string PluggedInFolder { get; init; } = "./etc/cacerts";

    /// <summary>Folder in which the authority keeps the root that it made and the key of its join tokens.</summary>
    public required string StateFolder { get; init; }

    /// <summary>Validity where a request names none; default 24 hours (DEFAULT_WORKLOAD_CERT_TTL).</summary>
    public TimeSpan DefaultWorkloadTtl { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Requests for more are refused; default 90 days (MAX_WORKLOAD_CERT_TTL).</summary>
    public TimeSpan MaxWorkloadTtl { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Validity of a root made here; default 10 years (CITADEL_SELF_SIGNED_CA_CERT_TTL).</summary>
    public TimeSpan RootTtl { get; init; } = TimeSpan.FromHours(87_600);

    /// <summary>Size of a root key made here; default 2048 bits (CITADEL_SELF_SIGNED_CA_RSA_KEY_SIZE).</summary>
    public int RootRsaBits { get; init; } = 2048;

    /// <summary>
    /// Part of a root's life that is left when it is renewed, in percent; default 20
    /// (CITADEL_SELF_SIGNED_ROOT_CERT_GRACE_PERIOD_PERCENTILE).
    /// </summary>
    public int RootGracePeriodPercentile { get; init; } = 20;

    /// <summary>How often the root is looked at; default one hour
    /// (CITADEL_SELF_SIGNED_ROOT_CERT_CHECK_INTERVAL).</summary>
    public TimeSpan RootCheckInterval { get; init; } = TimeSpan.FromHours(1);
}
