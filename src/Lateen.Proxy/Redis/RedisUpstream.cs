using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Redis;

/// <summary>A cluster that a Redis proxy sends commands to, with the connections of each worker.</summary>
internal sealed class RedisUpstream(
    ClusterSlot slot, RedisSettings settings, RedisUpstreamStats stats, int workerCount)
{
    private readonly RedisPool?[] _pools = new RedisPool?[workerCount + 1];

    public ClusterSlot Slot { get; } = slot;

    public RedisSettings Settings { get; } = settings;

    public RedisUpstreamStats Stats { get; } = stats;

    /// <summary>The worker's connections. Thread: the worker.</summary>
    internal RedisPool GetPool(Worker worker) => _pools[worker.Index] ??= new RedisPool(worker, this);
}
