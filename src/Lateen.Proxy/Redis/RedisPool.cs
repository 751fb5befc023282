using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.RateLimits;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Redis;

/// <summary>One worker's connections to the hosts of a cluster, one to each, which all clients share.</summary>
internal sealed class RedisPool : ITimerTarget
{
    private const int CallsRetainedMax = 256;
    private const int SweepMillis = 1000;

    private readonly Dictionary<Host, RedisClient> _clients = [];
    private readonly Dictionary<Address, Host> _unknownHosts = [];
    private readonly List<Host> _stale = [];
    private readonly Stack<RedisCall> _calls = new();
    private readonly LoadBalancerContext _context = new();
    private readonly LoopTimer _sweep;
    private readonly TokenBucket? _connections;

    internal RedisPool(Worker worker, RedisUpstream upstream)
    {
        Worker = worker;
        Upstream = upstream;
        _sweep = new LoopTimer(worker.Loop.Timers, this);
        var perSecond = upstream.Settings.ConnectionsPerSecondMax;
        _connections = perSecond == 0 ? null : new TokenBucket(perSecond, perSecond, 1_000_000_000);
    }

    internal Worker Worker { get; }

    internal RedisUpstream Upstream { get; }

    internal RedisSettings Settings => Upstream.Settings;

    /// <summary>The host of a key; null: there is none.</summary>
    internal Host? PickHost(ReadOnlySpan<byte> key)
    {
        if (Upstream.Slot.Current is not { } cluster)
        {
            return null;
        }

        _context.Reset();
        _context.Hash = MurmurHash2.Hash(Settings.EnableHashtagging ? RedisHashTag.Of(key) : key);
        return cluster.PickHost(Worker.Index, _context);
    }

    /// <summary>Sends a command to the host of a key; null: there is no such host.</summary>
    internal RedisCall? Send(ReadOnlySpan<byte> key, ReadOnlySpan<byte> line, IRedisCallOwner? owner, int index,
        int command) => PickHost(key) is { } host ? SendTo(host, line, owner, index, command) : null;

    internal RedisCall? SendTo(Host host, ReadOnlySpan<byte> line, IRedisCallOwner? owner, int index, int command) =>
        GetClient(host)?.Send(line, owner, index, command);

    /// <summary>Sends a command again where an answer has said it belongs; false: that is no place.</summary>
    internal bool TryRedirect(RedisCall call, ReadOnlySpan<byte> address, bool asks)
    {
        if (Upstream.Slot.Current is not { } cluster
            || !Address.TryParse(address, out var at)
            || HostAt(cluster, at) is not { } host || GetClient(host) is not { } client)
        {
            return false;
        }

        if (asks)
        {
            client.Send("*1\r\n$6\r\nASKING\r\n"u8, null, 0, RedisUpstreamStats.UnknownIndex);
        }

        client.Resend(call);
        return true;
    }

    internal RedisCall RentCall() => _calls.TryPop(out var call) ? call : new RedisCall();

    internal void ReturnCall(RedisCall call)
    {
        call.Owner = null;
        call.IsCancelled = false;
        call.IsFinal = false;
        call.Line?.Clear();
        if (_calls.Count < CallsRetainedMax)
        {
            _calls.Push(call);
        }
    }

    internal void OnClosed(RedisClient client)
    {
        if (_clients.TryGetValue(client.Host, out var present) && ReferenceEquals(present, client))
        {
            _clients.Remove(client.Host);
        }
    }

    /// <summary>Connections to hosts that have left, or that rest for long, are given up.</summary>
    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        var cluster = Upstream.Slot.Current;
        foreach (var (host, client) in _clients)
        {
            var left = host.IsRemoved || !ReferenceEquals(host.Cluster, cluster);
            if (!client.IsActive && (left || client.IsIdle))
            {
                _stale.Add(host);
            }

            client.IsDraining |= left && client.IsActive;
        }

        foreach (var host in _stale)
        {
            if (_clients[host].IsDraining)
            {
                Upstream.Stats.CountDrained(Worker.Index);
            }

            _clients[host].Close();
            _unknownHosts.Remove(host.Address);
        }

        _stale.Clear();
        if (_clients.Count > 0)
        {
            _sweep.Start(SweepMillis);
        }
    }

    private RedisClient? GetClient(Host host)
    {
        if (_clients.TryGetValue(host, out var client))
        {
            return client;
        }

        if (_connections is not null && !_connections.TryTake(Worker.NowNanos))
        {
            Upstream.Stats.CountRateLimited(Worker.Index);
            return null;
        }

        client = new RedisClient(this, host, false);
        if (!client.TryConnect())
        {
            return null;
        }

        _clients.Add(host, client);
        if (!_sweep.IsStarted)
        {
            _sweep.Start(SweepMillis);
        }

        return client;
    }

    private Host? HostAt(Cluster cluster, Address address)
    {
        if (cluster.Hosts.Find(address) is { } known)
        {
            return known;
        }

        if (_unknownHosts.TryGetValue(address, out var host) && ReferenceEquals(host.Cluster, cluster))
        {
            return host;
        }

        if (_unknownHosts.Count >= Settings.UnknownHostCountMax)
        {
            Upstream.Stats.CountUnknownHostsReached(Worker.Index);
            return null;
        }

        return _unknownHosts[address] = new Host(cluster, address, "", new HostAttributes());
    }
}
