using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Config;

/// <summary>A cluster by name: the active one, and the one that warms to take its place. Tells <see
/// cref="ClusterEntries"/> of both.</summary>
internal sealed class ClusterEntry(string name, bool isStatic, ClusterEntries entries) : IDisposable
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
        var former = Warming;
        Warming = cluster;
        WarmingSource = source;
        AwaitsHosts = true;
        AwaitsHealth = false;
        entries.OnWarming(this, cluster);
        Drop(former);
    }

    public void DropWarming()
    {
        var former = Warming;
        Warming = null;
        WarmingSource = null;
        entries.OnSettled(this);
        Drop(former);
    }

    /// <summary>Puts the warm cluster into force; the former one's hosts are marked as gone.</summary>
    public void Activate()
    {
        var former = Active;
        Active = Warming;
        ActiveSource = WarmingSource;
        Warming = null;
        WarmingSource = null;
        entries.OnSettled(this);
        entries.OnActive(1);
        Retire(former);
    }

    public void Dispose()
    {
        DropWarming();
        var former = Active;
        Active = null;
        Retire(former);
    }

    private void Drop(Cluster? cluster)
    {
        if (cluster is not null)
        {
            cluster.Dispose();
            cluster.Stats.Scope.Release();
            entries.OnGone(this, cluster);
        }
    }

    private void Retire(Cluster? cluster)
    {
        if (cluster is null)
        {
            return;
        }
        entries.OnActive(-1);
        entries.OnGone(this, cluster);
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
