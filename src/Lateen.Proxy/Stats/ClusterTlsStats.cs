namespace Lateen.Proxy.Stats;

/// <summary>TLS statistics of a cluster, <c>cluster.NAME.ssl.</c>.</summary>
internal sealed class ClusterTlsStats(ClusterStats cluster)
{
    private static readonly StatLayout Layout = StatLayout.Build<TlsStat>([]);

    public StatsScope Scope { get; } = cluster.GetScope(".ssl.", Layout);

    public void Add(int worker, TlsStat stat, long amount = 1) => Scope.Add(worker, (int)stat, amount);
}
