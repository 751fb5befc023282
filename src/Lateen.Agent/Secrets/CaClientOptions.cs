namespace Lateen.Agent.Secrets;

/// <summary>How the certificate service is asked.</summary>
public sealed record CaClientOptions
{
    /// <summary>Validity asked for; default 24 hours (SECRET_TTL).</summary>
    public TimeSpan Ttl { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Signer asked for; empty, the default, for the authority's own (ISTIO_META_CERT_SIGNER).</summary>
    public string CertSigner { get; init; } = "";

    /// <summary>Cluster whose API server knows the token (ISTIO_META_CLUSTER_ID).</summary>
    public string ClusterId { get; init; } = "";

    /// <summary>More metadata (CA_HEADER_*).</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Calls of one round at most; default 5.</summary>
    public int AttemptsMax { get; init; } = 5;

    /// <summary>Pause before the second call, doubled for each further one; default 100 ms, spread by a
    /// tenth.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long one call may take; default 30 s.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
