namespace Lateen.Proxy.Stats;

/// <summary>Statistics of the TLS contexts of a listener or cluster, below <c>server_ssl_socket_factory.</c> or
/// <c>client_ssl_socket_factory.</c></summary>
internal sealed class TlsFactoryStats(Config.Decode.DecodeContext context, string kind)
{
    private static readonly StatLayout Layout = StatLayout.Build<TlsFactoryStat>([]);

    public StatsScope Scope { get; } = context.GetScope(kind, Layout);

    /// <summary>Where gauges of certificates' ends stand.</summary>
    public StatsScope Expirations { get; } = context.GetScope(".ssl.certificate.", StatLayout.Empty);

    /// <summary>Tells when a certificate ends.</summary>
    public void SetExpiration(string name, long unixSeconds) => Expirations.Set(
        Expirations.GetOrAdd($"{name}.expiration_unix_time_seconds", StatKind.Gauge), unixSeconds);

    /// <summary>Gives both scopes up.</summary>
    public void Release()
    {
        Scope.Release();
        Expirations.Release();
    }

    public void Add(int worker, TlsFactoryStat stat) => Scope.Add(worker, (int)stat);
}
