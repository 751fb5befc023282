using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// Connections of one worker to one host, of one protocol, and the bounded queue of requests that wait for one.
/// </summary>
internal abstract class UpstreamPool
{
    private readonly bool _highPriority;
    private PendingStream? _firstPending;
    private PendingStream? _lastPending;

    protected UpstreamPool(Worker worker, Host host, bool highPriority, in UpstreamConnector.Overrides overrides)
    {
        Worker = worker;
        Host = host;
        Cluster = host.Cluster;
        Breakers = Cluster.GetBreakers(highPriority);
        _highPriority = highPriority;
        Overrides = overrides;
    }

    internal Worker Worker { get; }

    internal Host Host { get; }

    /// <summary>Connections, also those that are not up yet.</summary>
    internal int ConnectionCount { get; private protected set; }

    protected Cluster Cluster { get; }

    protected CircuitBreakers Breakers { get; }

    protected UpstreamConnector.Overrides Overrides { get; private set; }

    protected int PendingCount { get; private set; }

    protected PendingStream? FirstPending => _firstPending;

    internal bool Fits(bool highPriority, in UpstreamConnector.Overrides overrides) =>
        highPriority == _highPriority && overrides.Protocols == Overrides.Protocols
        && Same(Overrides.Sni, overrides.Sni) && Same(Overrides.RequiredName, overrides.RequiredName)
        && SameList(Overrides.Alpn, overrides.Alpn)
        && Overrides.Source == overrides.Source
        && Overrides.DownstreamId == overrides.DownstreamId && Same(Overrides.Preamble, overrides.Preamble)
        && SharedFilterState.FitSamePool(Overrides.Shared, overrides.Shared);

    /// <summary>A pool without connections forgets what the last ones carried that is not hashable.</summary>
    internal void Renew(SharedFilterState? shared)
    {
        if (!ReferenceEquals(shared, Overrides.Shared) && ConnectionCount == 0)
        {
            Overrides = Overrides with { Shared = shared };
        }
    }

    /// <summary>Gives a connection at once, or later, or a failure; each through the callbacks.</summary>
    internal abstract void NewStream(PendingStream pending);

    /// <summary>Ends idle connections. True when there are no others and nobody waits.</summary>
    internal abstract bool CloseIdle();

    /// <summary>The pool is given up; another one may be made in its place.</summary>
    internal void ReleasePool() => Breakers.ConnectionPools.Release();

    /// <summary>The request does not wait any more.</summary>
    internal void Cancel(PendingStream pending)
    {
        if (!ReferenceEquals(pending.Pool, this))
        {
            return;
        }

        Remove(pending);
        Count(ClusterStat.UpstreamRqCancelled);
    }

    /// <summary>False when too many wait already; the request has been told.</summary>
    protected bool TryEnqueue(PendingStream pending)
    {
        if (!Breakers.PendingRequests.TryAcquire())
        {
            Count(ClusterStat.UpstreamRqPendingOverflow);
            pending.Callbacks.OnPoolFailure(UpstreamResetReason.Overflow, null);
            return false;
        }

        Enqueue(pending);
        return true;
    }

    /// <summary>The overload manager wants no more connections; counted.</summary>
    protected bool ShedsConnection() => Worker.Sheds(Overload.LoadShedPointKind.ConnectionPoolNewConnection);

    /// <summary>A request that waits is told that there is no room for it.</summary>
    protected void Refuse(PendingStream pending)
    {
        Remove(pending);
        pending.Callbacks.OnPoolFailure(UpstreamResetReason.Overflow, null);
    }

    /// <summary>Without any connection nobody is ever served: those who wait are told.</summary>
    protected void RefuseStranded()
    {
        var count = ConnectionCount > 0 ? 0 : PendingCount;
        while (count-- > 0 && _firstPending is { } pending)
        {
            Refuse(pending);
        }
    }

    /// <summary>Room for one more connection, or for the pool's first whatever the limit.</summary>
    protected bool TryAcquireConnection()
    {
        var isHostFull = Cluster.Config.HostConnectionsMax is > 0 and var max && Host.Read(HostStat.CxActive) >= max;
        if (ConnectionCount == 0)
        {
            if (isHostFull || !Breakers.Connections.HasRoom)
            {
                Count(ClusterStat.UpstreamCxOverflow);
            }

            Breakers.Connections.Acquire();
        }
        else if (isHostFull || !Breakers.Connections.TryAcquire())
        {
            Count(ClusterStat.UpstreamCxOverflow);
            return false;
        }

        ConnectionCount++;
        return true;
    }

    protected void ReleaseConnection()
    {
        ConnectionCount--;
        Breakers.Connections.Release();
    }

    protected void Purge(UpstreamResetReason reason, byte[]? transportFailure)
    {
        var count = PendingCount;
        while (count-- > 0 && _firstPending is { } pending)
        {
            Remove(pending);
            Count(ClusterStat.UpstreamRqPendingFailureEject);
            pending.Callbacks.OnPoolFailure(reason, transportFailure);
        }
    }

    protected void Remove(PendingStream pending)
    {
        if (pending.Previous is { } previous)
        {
            previous.Next = pending.Next;
        }
        else
        {
            _firstPending = pending.Next;
        }

        if (pending.Next is { } next)
        {
            next.Previous = pending.Previous;
        }
        else
        {
            _lastPending = pending.Previous;
        }

        pending.Pool = null;
        pending.Next = null;
        pending.Previous = null;
        PendingCount--;
        Breakers.PendingRequests.Release();
        Count(ClusterStat.UpstreamRqPendingActive, -1);
        Host.Add(Worker.Index, HostStat.RqPendingActive, -1);
    }

    protected void Count(ClusterStat stat, long amount = 1) => Cluster.Stats.Add(Worker.Index, stat, amount);

    private void Enqueue(PendingStream pending)
    {
        pending.Pool = this;
        pending.Next = null;
        pending.Previous = _lastPending;
        if (_lastPending is null)
        {
            _firstPending = pending;
        }
        else
        {
            _lastPending.Next = pending;
        }

        _lastPending = pending;
        PendingCount++;
        Count(ClusterStat.UpstreamRqPendingTotal);
        Count(ClusterStat.UpstreamRqPendingActive);
        Host.Add(Worker.Index, HostStat.RqPendingActive);
    }

    private static bool Same(byte[]? a, byte[]? b) =>
        ReferenceEquals(a, b) || (a is not null && b is not null && a.AsSpan().SequenceEqual(b));

    private static bool SameList(byte[][]? a, byte[][]? b)
    {
        if (ReferenceEquals(a, b))
        {
            return true;
        }

        if (a is null || b is null || a.Length != b.Length)
        {
            return false;
        }

        for (var i = 0; i < a.Length; i++)
        {
            if (!Same(a[i], b[i]))
            {
                return false;
            }
        }

        return true;
    }
}
