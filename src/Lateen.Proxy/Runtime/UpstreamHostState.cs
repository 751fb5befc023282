using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Runtime;

/// <summary>One worker's connection pools to one host: by priority, and by server name and ALPN where a request sets
/// them.</summary>
internal sealed class UpstreamHostState
{
    /// <summary>Pools with names of their own per host; the oldest idle one goes when there are more.</summary>
    private const int VariantsMax = 64;

    private readonly Worker _worker;
    private readonly List<Http1Pool> _pools = [];

    internal UpstreamHostState(Worker worker, Host host)
    {
        _worker = worker;
        Host = host;
    }

    internal Host Host { get; }

    internal Http1Pool GetHttp1Pool(bool highPriority, in UpstreamConnector.Overrides overrides)
    {
        foreach (var pool in _pools)
        {
            if (pool.Fits(highPriority, overrides))
            {
                return pool;
            }
        }

        if (_pools.Count >= VariantsMax)
        {
            for (var i = 0; i < _pools.Count; i++)
            {
                if (_pools[i].CloseIdle())
                {
                    _pools.RemoveAt(i);
                    break;
                }
            }
        }

        var made = new Http1Pool(_worker, Host, highPriority, overrides);
        _pools.Add(made);
        return made;
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
}
