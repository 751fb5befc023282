using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Overload;

/// <summary>
/// Reads the monitors at intervals and puts actions into force. One for the process; its timer's thread is the only one
/// that writes.
/// </summary>
internal sealed class OverloadManager : IDisposable
{
    private readonly OverloadConfig _config;
    private readonly OverloadState _state;
    private readonly StatsScope _scope;
    private readonly Action<OverloadActionKind, double> _onChanged;
    private readonly Dictionary<string, double> _pressures = [];
    private readonly Lock _lock = new();
    private readonly ITimer _timer;

    /// <summary><paramref name="onChanged"/> hears of actions whose state is another one.</summary>
    public OverloadManager(
        OverloadConfig config, OverloadState state, StatsStore stats, TimeProvider clock,
        Action<OverloadActionKind, double> onChanged)
    {
        _config = config;
        _state = state;
        _onChanged = onChanged;
        _scope = stats.GetScope("overload.", StatLayout.Empty);
        state.ConnectionCountMax = config.ConnectionCountMax;
        state.Scales = config.Scales;
        Refresh();
        var interval = TimeSpan.FromMilliseconds(Math.Max(1, config.RefreshNanos / 1_000_000));
        _timer = clock.CreateTimer(_ => Refresh(), null, interval, interval);
    }

    public void Dispose() => _timer.Dispose();

    private void Refresh()
    {
        lock (_lock)
        {
            foreach (var monitor in _config.Monitors)
            {
                if (monitor.Read() is { } pressure)
                {
                    _pressures[monitor.Name] = pressure;
                    Gauge($"{monitor.Name}.pressure", (long)(pressure * 100));
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
                Gauge($"{name}.scale_percent", (long)(state * 100));
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
