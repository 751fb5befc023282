using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Overload;

/// <summary>
/// Reads the monitors at intervals and puts actions into force. One for the process; its timer's thread is the only one
/// that writes.
/// </summary>
internal sealed class OverloadManager : IDisposable
{
    private static readonly TimeSpan ShrinkInterval = TimeSpan.FromSeconds(10);

    private readonly OverloadConfig _config;
    private readonly OverloadState _state;
    private readonly StatsScope _scope;
    private readonly Action<OverloadActionKind, double> _onChanged;
    private readonly Dictionary<string, double> _pressures = [];
    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private long _shrunkAt;

    /// <summary><paramref name="onChanged"/> hears of actions whose state is another one.</summary>
    public OverloadManager(
        OverloadConfig config, OverloadState state, StatsStore stats, TimeProvider clock,
        Action<OverloadActionKind, double> onChanged)
    {
        _config = config;
        _state = state;
        _onChanged = onChanged;
        _clock = clock;
        _scope = stats.GetScope("overload.", StatLayout.Empty);
        state.ConnectionCountMax = config.ConnectionCountMax;
        state.Scales = config.Scales;
        state.LookNanos = Math.Max(1_000_000, config.RefreshNanos);
        List();
        Refresh();
        var interval = TimeSpan.FromMilliseconds(Math.Max(1, config.RefreshNanos / 1_000_000));
        _timer = clock.CreateTimer(_ => Refresh(), null, interval, interval);
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>Statistics that are there before they count.</summary>
    private void List()
    {
        foreach (var monitor in _config.Monitors)
        {
            _scope.GetOrAdd($"{monitor.Name}.failed_updates");
            _scope.GetOrAdd($"{monitor.Name}.skipped_updates");
        }
        if (_config.ConnectionCountMax >= 0)
        {
            _scope.GetOrAdd($"{OverloadState.ConnectionsMonitor}.failed_updates");
            Gauge($"{OverloadState.ConnectionsMonitor}.pressure", 0);
        }
        foreach (var (kind, name, _) in _config.Actions)
        {
            if (kind == OverloadActionKind.ShrinkHeap)
            {
                _scope.GetOrAdd($"{name}.shrink_count");
            }
        }
    }

    private void Refresh()
    {
        lock (_lock)
        {
            foreach (var monitor in _config.Monitors)
            {
                if (monitor.Read() is { } pressure)
                {
                    _pressures[monitor.Name] = pressure;
                    Gauge($"{monitor.Name}.pressure", (long)((float)pressure * 100));
                }
                else
                {
                    _scope.AddFromMain(_scope.GetOrAdd($"{monitor.Name}.failed_updates"));
                }
            }
            foreach (var (kind, name, triggers) in _config.Actions)
            {
                var state = StateOf(triggers);
                Gauge($"{name}.active", state >= 1 ? 1 : 0);
                Gauge($"{name}.scale_percent", (long)((float)state * 100));
                if (kind == OverloadActionKind.ShrinkHeap)
                {
                    ShrinkHeap(name, state >= 1);
                }
                if (_state[kind] != state)
                {
                    _state[kind] = state;
                    _onChanged(kind, state);
                }
            }
            foreach (var (kind, name, triggers) in _config.Points)
            {
                var state = StateOf(triggers);
                _state.SetPoint(kind, name, state);
                Gauge($"{name}.scale_percent", (long)(state * 100));
            }
            foreach (var (name, triggers) in _config.OtherPoints)
            {
                _scope.GetOrAdd($"{name}.shed_load_count");
                Gauge($"{name}.scale_percent", (long)(StateOf(triggers) * 100));
            }
        }
    }

    /// <summary>Gives memory back every ten seconds while the action is in force.</summary>
    private void ShrinkHeap(string name, bool isActive)
    {
        var now = _clock.GetTimestamp();
        if (!isActive)
        {
            _shrunkAt = 0;
            return;
        }
        if (_shrunkAt == 0)
        {
            _shrunkAt = now;
            return;
        }
        if (_clock.GetElapsedTime(_shrunkAt, now) >= ShrinkInterval)
        {
            _shrunkAt = now;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, true, true);
            _scope.AddFromMain(_scope.GetOrAdd($"{name}.shrink_count"));
        }
    }

    private double StateOf(OverloadTrigger[] triggers)
    {
        var state = 0.0;
        foreach (var trigger in triggers)
        {
            if (_pressures.TryGetValue(trigger.Resource, out var pressure))
            {
                state = Math.Max(state, trigger.StateAt(pressure));
            }
        }
        return state;
    }

    private void Gauge(string name, long value) => _scope.Set(_scope.GetOrAdd(name, StatKind.Gauge), value);
}
