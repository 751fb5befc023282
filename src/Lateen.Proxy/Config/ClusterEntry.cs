using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Config;

/// <summary>A cluster by name: the active one, and the one that warms to take its place.</summary>
internal sealed class ClusterEntry(string name, bool isStatic) : IDisposable
{
    private readonly List<IDisposable> _timers = [];

    public string Name { get; } = name;

    /// <summary>From the bootstrap; discovery cannot change it.</summary>
    public bool IsStatic { get; } = isStatic;

    public Cluster? Active { get; private set; }

    public ResourceVersion? ActiveSource { get; private set; }

    public Cluster? Warming { get; private set; }

    public ResourceVersion? WarmingSource { get; private set; }

    /// <summary>What the warming cluster waits for: the first hosts.</summary>
    public bool AwaitsHosts { get; set; }

    public IEnumerable<Cluster> All
    {
        get
        {
            if (Active is not null)
            {
                yield return Active;
            }
            if (Warming is not null)
            {
                yield return Warming;
            }
        }
    }

    public void StartWarming(Cluster cluster, ResourceVersion source)
    {
        DropWarming();
        Warming = cluster;
        WarmingSource = source;
        AwaitsHosts = true;
    }

    public void DropWarming()
    {
        Warming?.Stats.Scope.Release();
        Warming = null;
        WarmingSource = null;
    }

    /// <summary>Puts the warm cluster into force; the former one's hosts are marked as gone.</summary>
    public void Activate()
    {
        var former = Active;
        Active = Warming;
        ActiveSource = WarmingSource;
        Warming = null;
        WarmingSource = null;
        Retire(former);
    }

    /// <summary>Timers that go on as long as the active cluster does.</summary>
    public void Keep(IDisposable timer) => _timers.Add(timer);

    public void StopTimers()
    {
        foreach (var timer in _timers)
        {
            timer.Dispose();
        }
        _timers.Clear();
    }

    public void Dispose()
    {
        StopTimers();
        DropWarming();
        Retire(Active);
        Active = null;
    }

    private static void Retire(Cluster? cluster)
    {
        if (cluster is null)
        {
            return;
        }
        foreach (var host in cluster.Hosts.Hosts.Concat(cluster.OriginalDstHosts))
        {
            host.IsRemoved = true;
        }
        cluster.Stats.Scope.Release();
        cluster.TlsStats?.Scope.Release();
        cluster.Http2Stats?.Scope.Release();
    }
}
