namespace Lateen.Proxy.Stats;

/// <summary>Statistics of the TLS contexts of a listener or cluster, below <c>server_ssl_socket_factory.</c> or
/// <c>client_ssl_socket_factory.</c></summary>
internal sealed class TlsFactoryStats(StatsStore store, string prefix)
{
    private static readonly StatLayout Layout = StatLayout.Build<TlsFactoryStat>([]);

    public StatsScope Scope { get; } = store.GetScope(prefix, Layout);

    public void Add(int worker, TlsFactoryStat stat) => Scope.Add(worker, (int)stat);
}
