using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Overload;

/// <summary>
/// How far each action is in force, and the process's count of downstream connections. Written by the manager, read by
/// all workers; one object for the process.
/// </summary>
internal sealed class OverloadState(StatsStore stats)
{
    /// <summary>Name that the monitor of connections must have.</summary>
    public const string ConnectionsMonitor = "envoy.resource_monitors.global_downstream_max_connections";

    private const string ConnectionsKey = "overload.global_downstream_max_connections";

    private readonly double[] _actions = new double[Enum.GetValues<OverloadActionKind>().Length];
    private readonly double[] _points = new double[Enum.GetValues<LoadShedPointKind>().Length];
    private readonly StatsScope _scope = stats.GetScope("overload.", StatLayout.Empty);
    private readonly int[] _shed = new int[Enum.GetValues<LoadShedPointKind>().Length];
    private readonly StatsScope _resets = MakeResets(stats);
    private long _connections;
    private bool _shedsSomewhere;

    /// <summary>Downstream connections that there may be; negative: as many as come.</summary>
    public long ConnectionCountMax { get; set; } = -1;

    /// <summary>Least part of each timeout that <c>reduce_timeouts</c> leaves, by timer.</summary>
    public TimeoutScales Scales { get; set; } = TimeoutScales.None;

    public long ConnectionCount => Volatile.Read(ref _connections);

    /// <summary>0 to 1.</summary>
    public double this[OverloadActionKind action]
    {
        get => Volatile.Read(ref _actions[(int)action]);
        set => Volatile.Write(ref _actions[(int)action], value);
    }

    /// <summary>Takes a place among the connections; false when there is none. Thread: any worker.</summary>
    public bool TryEnter()
    {
        var max = ConnectionCountMax >= 0
            ? ConnectionCountMax
            : (long)RuntimeSettings.Current.GetNumber(ConnectionsKey, long.MaxValue);
        if (Interlocked.Increment(ref _connections) <= max || max < 0)
        {
            return true;
        }
        Interlocked.Decrement(ref _connections);
        if (ConnectionCountMax >= 0)
        {
            _scope.AddFromMain(_scope.GetOrAdd($"{ConnectionsMonitor}.failed_updates"));
        }
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _connections);

    /// <summary>Nanoseconds after which a running timer looks again whether <c>reduce_timeouts</c> has come into
    /// force.</summary>
    public long LookNanos { get; set; } = 1_000_000_000;

    /// <summary>Milliseconds until a timer is due, or, where its time may be reduced meanwhile, until it should look
    /// again; 0: it is due now.</summary>
    /// <param name="least">The least part of its time, of <see cref="Scales"/>.</param>
    /// <param name="nanos">Its time in full.</param>
    /// <param name="passedNanos">What of it has passed.</param>
    public long LeftMillis(double least, long nanos, long passedNanos)
    {
        var left = Scale(least, nanos) - passedNanos;
        if (left > 0 && least < 1)
        {
            var soonest = TimeoutScales.Apply(nanos, least, 1) - passedNanos;
            left = Math.Min(left, Math.Max(soonest, LookNanos));
        }
        return left <= 0 ? 0 : (left + 999_999) / 1_000_000;
    }

    /// <summary>What there is of a timeout now.</summary>
    public long Scale(double least, long nanos) =>
        TimeoutScales.Apply(nanos, least, this[OverloadActionKind.ReduceTimeouts]);

    /// <summary>Whether an action is in force for this one occasion; <paramref name="random"/> decides where it is in
    /// force by degrees.</summary>
    public bool Applies(OverloadActionKind action, ulong random) => Hits(this[action], random);

    /// <summary>Streams were reset for the memory that they held. Thread: the worker itself.</summary>
    public void CountReset(int worker, int count) => _resets.Add(worker, _resets.GetOrAdd("count"), count);

    /// <summary>Whether any point is in force: what is asked with each turn of a codec.</summary>
    public bool ShedsSomewhere => Volatile.Read(ref _shedsSomewhere);

    /// <summary>Whether work may be refused at a point: to be asked before <see cref="Sheds"/> where work is
    /// frequent.</summary>
    public bool MayShed(LoadShedPointKind point) => Volatile.Read(ref _points[(int)point]) > 0;

    /// <summary>Whether work is refused at a point; counted.</summary>
    public bool Sheds(LoadShedPointKind point, int worker, ulong random)
    {
        var state = Volatile.Read(ref _points[(int)point]);
        if (!Hits(state, random))
        {
            return false;
        }
        _scope.Add(worker, _shed[(int)point]);
        return true;
    }

    /// <summary>Sets how far a point is in force, and the name of its counter.</summary>
    public void SetPoint(LoadShedPointKind point, string name, double state)
    {
        _shed[(int)point] = _scope.GetOrAdd($"{name}.shed_load_count");
        Volatile.Write(ref _points[(int)point], state);
        Volatile.Write(ref _shedsSomewhere, Array.Exists(_points, static degree => degree > 0));
    }

    private static StatsScope MakeResets(StatsStore stats)
    {
        var scope = stats.GetScope("envoy.overload_actions.reset_high_memory_stream.", StatLayout.Empty);
        scope.GetOrAdd("count");
        return scope;
    }

    private static bool Hits(double state, ulong random) =>
        state > 0 && (state >= 1 || (random >> 11) * (1.0 / (1UL << 53)) < state);
}
