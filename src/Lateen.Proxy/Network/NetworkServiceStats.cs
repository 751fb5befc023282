using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Network;

/// <summary>Counters of a network filter that asks a service about connections.</summary>
internal sealed class NetworkServiceStats(StatsScope scope, string refused)
{
    private readonly int _total = scope.GetOrAdd("total");
    private readonly int _ok = scope.GetOrAdd("ok");
    private readonly int _refused = scope.GetOrAdd(refused);
    private readonly int _error = scope.GetOrAdd("error");
    private readonly int _allowed = scope.GetOrAdd("failure_mode_allowed");
    private readonly int _closed = scope.GetOrAdd("cx_closed");
    private readonly int _disabled = scope.GetOrAdd("disabled");
    private readonly int _active = scope.GetOrAdd("active", StatKind.Gauge);

    public void CountStart(int worker)
    {
        scope.Add(worker, _total);
        scope.Add(worker, _active);
    }

    public void CountEnd(int worker) => scope.Add(worker, _active, -1);

    public void CountOk(int worker) => scope.Add(worker, _ok);

    public void CountRefused(int worker) => scope.Add(worker, _refused);

    public void CountError(int worker) => scope.Add(worker, _error);

    public void CountAllowed(int worker) => scope.Add(worker, _allowed);

    public void CountClosed(int worker) => scope.Add(worker, _closed);

    public void CountDisabled(int worker) => scope.Add(worker, _disabled);
}
