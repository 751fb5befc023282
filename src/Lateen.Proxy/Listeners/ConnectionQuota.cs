using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Listeners;

/// <summary>
/// How many connections a listener has over all workers, and how many it may have by a runtime key. One object for all
/// versions of a listener. Thread: any worker.
/// </summary>
internal sealed class ConnectionQuota(string listenerName)
{
    private readonly string _key = $"envoy.resource_limits.listener.{listenerName}.connection_limit";
    private long _count;

    /// <summary>Takes a place; false when there is none.</summary>
    public bool TryEnter()
    {
        var max = RuntimeSettings.Current.GetNumber(_key, double.MaxValue);
        if (Interlocked.Increment(ref _count) <= max)
        {
            return true;
        }
        Interlocked.Decrement(ref _count);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _count);
}
