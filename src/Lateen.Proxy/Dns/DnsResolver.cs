using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Dns;

/// <summary>
/// Resolves the names of a DNS cluster again and again. A failed look-up keeps the hosts; an empty answer or an unknown
/// name removes
/// them (LOGICAL_DNS keeps its host). Its own asynchronous life; results come under no lock but the cluster's.
/// </summary>
internal sealed class DnsResolver : IDisposable
{
    private readonly Cluster _cluster;
    private readonly List<DnsTarget> _targets;
    private readonly DnsConfig _config;
    private readonly TimeProvider _clock;
    private readonly Action _onResolved;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<DnsTarget, List<HostSpec>> _answers = [];
    private readonly HashSet<DnsTarget> _waiting;
    private readonly double _overprovisioning;
    private WorkerRandom _random;

    public DnsResolver(
        Cluster cluster, List<DnsTarget> targets, double overprovisioning, TimeProvider clock, ulong seed,
        Action onResolved)
    {
        _cluster = cluster;
        _targets = targets;
        _config = cluster.Config.NameResolution;
        _clock = clock;
        _onResolved = onResolved;
        _waiting = [.. targets];
        _overprovisioning = overprovisioning;
        _random = new WorkerRandom(seed);
    }

    /// <summary>When all names are addresses there is nothing to resolve; then the hosts are set at once.</summary>
    public bool TryApplyAddresses()
    {
        if (!_targets.TrueForAll(target => IpAddress.TryParse(target.Name.AsSpan(), out _)))
        {
            return false;
        }
        foreach (var target in _targets)
        {
            if (IpAddress.TryParse(target.Name.AsSpan(), out var ip))
            {
                _answers[target] = [Spec(target, ip)];
            }
        }
        Apply();
        return true;
    }

    public void Start()
    {
        foreach (var target in _targets)
        {
            _ = RunAsync(target, _stop.Token);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private static HostSpec Spec(DnsTarget target, IpAddress ip) => new(
        new Address(ip, target.Port), target.Hostname.Length > 0 ? target.Hostname : target.Name, target.Attributes);

    private async Task RunAsync(DnsTarget target, CancellationToken stop)
    {
        var failures = 0;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                _cluster.Stats.Scope.AddFromMain((int)ClusterStat.UpdateAttempt);
                var answer = await DnsClient.ResolveAsync(target.Name, _config, _clock, stop);
                if (stop.IsCancellationRequested)
                {
                    return;
                }
                failures = answer.IsFailure ? failures + 1 : 0;
                var isFirst = Take(target, answer);
                if (isFirst)
                {
                    _onResolved();
                }
                await Task.Delay(Durations.TimerSpan(NextNanos(answer, failures)), _clock, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The cluster is gone.
        }
        catch (ObjectDisposedException)
        {
            // So is its token.
        }
    }

    /// <summary>True when this was the last name without any answer.</summary>
    private bool Take(DnsTarget target, DnsAnswer answer)
    {
        var stats = _cluster.Stats.Scope;
        var isLogical = _cluster.Config.Type == DiscoveryType.LogicalDns;
        lock (_lock)
        {
            if (answer.IsFailure)
            {
                stats.AddFromMain((int)ClusterStat.UpdateFailure);
            }
            else
            {
                stats.AddFromMain((int)ClusterStat.UpdateSuccess);
                if (answer.Addresses.Length == 0)
                {
                    stats.AddFromMain((int)ClusterStat.UpdateEmpty);
                }
                if (answer.Addresses.Length > 0 || !isLogical)
                {
                    _answers[target] = isLogical
                        ? [LogicalSpec(target, answer)]
                        : [.. answer.Addresses.Select(ip => Spec(target, IpAddress.From(ip)))];
                    Apply();
                }
            }
            return _waiting.Remove(target) && _waiting.Count == 0;
        }
    }

    /// <summary>One host; the other addresses are for connecting when the first does not answer.</summary>
    private static HostSpec LogicalSpec(DnsTarget target, DnsAnswer answer) =>
        Spec(target, IpAddress.From(answer.Addresses[0])) with
        {
            Attributes = target.Attributes with
            {
                AdditionalAddresses =
                    [.. answer.Addresses.Skip(1).Select(ip => new Address(IpAddress.From(ip), target.Port))],
            },
        };

    private long NextNanos(DnsAnswer answer, int failures)
    {
        lock (_lock)
        {
            if (failures > 0)
            {
                var limit = Math.Min(_config.FailureMaxNanos, _config.FailureBaseNanos << Math.Min(failures - 1, 20));
                return limit <= 0 ? 0 : (long)(_random.Next() % (ulong)limit);
            }
            var nanos = _config.RespectTtl && answer.TtlSeconds > 0
                ? answer.TtlSeconds * 1_000_000_000L
                : _config.RefreshNanos;
            return nanos + (_config.JitterNanos > 0 ? (long)(_random.Next() % (ulong)_config.JitterNanos) : 0);
        }
    }

    private void Apply() => _cluster.ApplyHosts(
        [.. _targets.SelectMany(target => _answers.GetValueOrDefault(target) ?? [])], _overprovisioning);
}
