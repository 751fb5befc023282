namespace Lateen.Proxy.Clusters;

/// <summary>
/// Retry priorities (<c>previous_priorities</c>): after every so many attempts the priorities that were tried get no
/// load, until none is left; then all count again.
/// </summary>
internal sealed class PriorityRetry
{
    private readonly List<Host> _attempted = [];
    private bool[] _excluded = [];
    private int[] _load = [];
    private int[] _noLoad = [];

    public void OnAttempt(Host host) => _attempted.Add(host);

    public void Reset()
    {
        _attempted.Clear();
        _excluded = [];
        _load = [];
    }

    /// <summary>The shares of the priorities for the next attempt.</summary>
    public (int[] Healthy, int[] Degraded) LoadFor(HostSet hosts, int updateFrequency)
    {
        if (_attempted.Count < updateFrequency)
        {
            return (hosts.HealthyLoad, hosts.DegradedLoad);
        }
        if (_attempted.Count % updateFrequency == 0 || _load.Length != hosts.Priorities.Length)
        {
            Array.Resize(ref _excluded, hosts.Priorities.Length);
            foreach (var host in _attempted)
            {
                if (host.Priority < _excluded.Length)
                {
                    _excluded[host.Priority] = true;
                }
            }
            if (!TryAdjust(hosts))
            {
                return (hosts.HealthyLoad, hosts.DegradedLoad);
            }
        }
        return (_load, _noLoad);
    }

    private bool TryAdjust(HostSet hosts)
    {
        var total = Available(hosts);
        if (total == 0)
        {
            Array.Clear(_excluded);
            _attempted.Clear();
            total = Available(hosts);
        }
        if (total == 0)
        {
            return false;
        }
        _load = new int[hosts.Priorities.Length];
        _noLoad = new int[hosts.Priorities.Length];
        var remaining = 100;
        while (remaining > 0)
        {
            for (var i = 0; i < _load.Length; i++)
            {
                var available = _excluded[i] ? 0 : Availability(hosts.Priorities[i]);
                var share = Math.Min(remaining, available * 100 / total);
                _load[i] += share;
                remaining -= share;
            }
        }
        return true;
    }

    private int Available(HostSet hosts)
    {
        var sum = 0;
        for (var i = 0; i < hosts.Priorities.Length; i++)
        {
            sum += _excluded[i] ? 0 : Availability(hosts.Priorities[i]);
        }
        return Math.Min(100, sum);
    }

    private static int Availability(PriorityHosts priority) =>
        Math.Min(100, priority.HealthyPercent + priority.DegradedPercent);
}
