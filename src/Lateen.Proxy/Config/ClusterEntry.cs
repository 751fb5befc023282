using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Config;

/// <summary>A cluster by name: the active one, and the one that warms to take its place.</summary>
internal sealed class ClusterEntry(string name, bool isStatic) : IDisposable
{
    public string Name { get; } = name;

    /// <summary>From the bootstrap; discovery cannot change it.</summary>
    public bool IsStatic { get; } = isStatic;

    public Cluster? Active { get; private set; }

    public ResourceVersion? ActiveSource { get; private set; }

    public Cluster? Warming { get; private set; }

    public ResourceVersion? WarmingSource { get; private set; }

    /// <summary>What the warming cluster waits for: the first hosts.</summary>
    public bool AwaitsHosts { get; set; }

    /// <summary>The warming cluster waits for the first health checks of its hosts.</summary>
    public bool AwaitsHealth { get; set; }

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
        AwaitsHealth = false;
    }

    public void DropWarming()
    {
        Warming?.Dispose();
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

    public void Dispose()
    {
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
        cluster.Dispose();
        cluster.Stats.Scope.Release();
        cluster.TlsStats?.Scope.Release();
        foreach (var socket in cluster.Config.TransportSocketMatches.Append(cluster.Config.TransportSocket))
        {
            socket.Tls?.FactoryStats?.Release();
        }
        cluster.Http2Stats?.Scope.Release();
    }
}
