using Lateen.Proxy.Listeners;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Network;

/// <summary>The network filter <c>connection_limit</c>; the count is one for all workers.</summary>
internal sealed class ConnectionLimitConfig : NetworkFilterConfig
{
    private readonly StatsScope _scope;
    private readonly int _limited;
    private readonly int _active;
    private long _count;

    public ConnectionLimitConfig(StatsScope scope)
    {
        _scope = scope;
        _limited = scope.GetOrAdd("limited_connections");
        _active = scope.GetOrAdd("active_connections", StatKind.Gauge);
    }

    public required long ConnectionCountMax { get; init; }

    /// <summary>How long a refused connection is held before it is closed, nanoseconds; 0: not.</summary>
    public long DelayNanos { get; init; }

    public RuntimeFlag Enabled { get; init; } = RuntimeFlag.On;

    /// <summary>Takes a place; false when there is none. Thread: any worker.</summary>
    public bool TryEnter(int worker)
    {
        if (Interlocked.Increment(ref _count) > ConnectionCountMax)
        {
            Interlocked.Decrement(ref _count);
            _scope.Add(worker, _limited);
            return false;
        }
        _scope.Add(worker, _active);
        return true;
    }

    public void Leave(int worker)
    {
        Interlocked.Decrement(ref _count);
        _scope.Add(worker, _active, -1);
    }
}
