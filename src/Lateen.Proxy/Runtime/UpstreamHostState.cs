using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>One worker's connection pools to one host: by protocol, by priority, and by server name and ALPN where a
/// request sets them.</summary>
internal sealed class UpstreamHostState
{
    /// <summary>Pools with names of their own per host; the oldest idle one goes when there are more.</summary>
    private const int VariantsMax = 64;

    private readonly Worker _worker;
    private readonly List<UpstreamPool> _pools = [];
    private readonly List<(SharedFilterState State, int Count)> _tcpStates = [];

    internal UpstreamHostState(Worker worker, Host host)
    {
        _worker = worker;
        Host = host;
    }

    internal Host Host { get; }

    /// <summary>The host's failures that its pools know of.</summary>
    internal int SeenFailures { get; set; }

    /// <summary>The pool for a request that came by <paramref name="downstream"/>, or for the bytes of a CONNECT that
    /// ends here.</summary>
    internal UpstreamPool? TryGetPool(
        HttpProtocol downstream, bool highPriority, UpstreamConnector.Overrides overrides, bool isTunnel = false)
    {
        var protocols = isTunnel ? UpstreamAlpn.AsConfigured : ProtocolsFor(downstream);
        overrides = overrides with { Protocols = protocols };
        foreach (var pool in _pools)
        {
            if (pool.Fits(highPriority, overrides))
            {
                pool.Renew(overrides.Shared);
                return pool;
            }
        }

        if (_pools.Count >= VariantsMax)
        {
            for (var i = 0; i < _pools.Count; i++)
            {
                if (_pools[i].CloseIdle())
                {
                    _pools[i].ReleasePool();
                    _pools.RemoveAt(i);
                    break;
                }
            }
        }

        if (!Host.Cluster.GetBreakers(highPriority).ConnectionPools.TryAcquire())
        {
            Host.Cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxPoolOverflow);
            return null;
        }

        return MakePool(protocols, highPriority, overrides);
    }

    /// <summary>The same where the limit of pools does not count: for requests of the proxy's own.</summary>
    internal UpstreamPool GetPool(HttpProtocol downstream, bool highPriority, UpstreamConnector.Overrides overrides) =>
        TryGetPool(downstream, highPriority, overrides)
        ?? MakePool(ProtocolsFor(downstream), highPriority, overrides with { Protocols = ProtocolsFor(downstream) });

    /// <summary>
    /// A TCP connection begins that is to carry this state: it carries that of the connections whose hashable objects
    /// are the same, as Envoy's pool would have it, as long as there are any.
    /// </summary>
    internal SharedFilterState? EnterTcp(SharedFilterState? state)
    {
        if (state is null)
        {
            return null;
        }

        for (var i = 0; i < _tcpStates.Count; i++)
        {
            if (SharedFilterState.FitSamePool(_tcpStates[i].State, state))
            {
                _tcpStates[i] = _tcpStates[i] with { Count = _tcpStates[i].Count + 1 };
                return _tcpStates[i].State;
            }
        }

        _tcpStates.Add((state, 1));
        return state;
    }

    /// <summary>A TCP connection that carried this state is over.</summary>
    internal void LeaveTcp(SharedFilterState? state)
    {
        for (var i = 0; state is not null && i < _tcpStates.Count; i++)
        {
            if (!ReferenceEquals(_tcpStates[i].State, state))
            {
                continue;
            }

            _tcpStates[i] = _tcpStates[i] with { Count = _tcpStates[i].Count - 1 };
            if (_tcpStates[i].Count == 0)
            {
                _tcpStates.RemoveAt(i);
            }

            return;
        }
    }

    /// <summary>The host has left: its pools are given up.</summary>
    internal void ReleasePools()
    {
        foreach (var pool in _pools)
        {
            pool.ReleasePool();
        }

        _pools.Clear();
    }

    /// <summary>Ends idle connections. True when there are no others.</summary>
    internal bool CloseIdle()
    {
        var empty = true;
        foreach (var pool in _pools)
        {
            empty &= pool.CloseIdle();
        }

        return empty;
    }

    private UpstreamPool MakePool(UpstreamAlpn protocols, bool highPriority, UpstreamConnector.Overrides overrides)
    {
        UpstreamPool made = protocols switch
        {
            UpstreamAlpn.AsConfigured => new TcpTunnelPool(_worker, Host, highPriority, overrides),
            UpstreamAlpn.Http1 => new Http1Pool(_worker, Host, highPriority, overrides),
            _ => new Http2Pool(_worker, Host, highPriority, overrides),
        };
        _pools.Add(made);
        return made;
    }

    private UpstreamAlpn ProtocolsFor(HttpProtocol downstream) => Host.Cluster.Config.Http.Protocol switch
    {
        UpstreamProtocol.Http2 => UpstreamAlpn.Http2,
        UpstreamProtocol.UseDownstream when downstream == HttpProtocol.Http2 => UpstreamAlpn.Http2,
        UpstreamProtocol.Auto when Host.TransportSocket.Tls is not null => UpstreamAlpn.Both,
        _ => UpstreamAlpn.Http1,
    };
}
