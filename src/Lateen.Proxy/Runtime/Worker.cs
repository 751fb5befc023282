using Lateen.Core.Logging;
using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Overload;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// One worker: a thread, its loop, its listeners, connections, streams and upstream pools. Everything in it is touched
/// by its own thread only; the configuration side posts to it.
/// </summary>
internal sealed class Worker : ITimerTarget
{
    private const int StreamsRetainedMax = 256;

    /// <summary>How often pools of hosts that have left are looked for.</summary>
    private const int SweepMillis = 2000;

    private readonly Stack<HttpStream> _streams = new();
    private readonly List<UpstreamHostState> _hostStates = [];
    private readonly Dictionary<string, ActiveListener> _listeners = [];
    private readonly Dictionary<Address, ActiveListener> _byAddress = [];
    private readonly LoopTimer _sweep;
    private WorkerRandom _random;
    private ulong _nextConnectionId;
    private bool _healthCheckFailed;
    private Thread? _thread;

    internal Worker(
        int index, TimeProvider clock, ClusterTable clusters, ulong seed, Logger log, OverloadState overload)
    {
        Index = index;
        Clock = clock;
        Clusters = clusters;
        Log = log;
        ScriptLog = log.For("lua");
        Overload = overload;
        Loop = new EventLoop(clock);
        _random = new WorkerRandom((seed * 0x9E3779B97F4A7C15UL) + (ulong)index);
        _nextConnectionId = (ulong)index << 48;
        _sweep = new LoopTimer(Loop.Timers, this);
        Dates = new DateCache();
    }

    /// <summary>From 1 on; cell 0 of statistics is the main thread's.</summary>
    internal int Index { get; }

    internal EventLoop Loop { get; }

    internal TimeProvider Clock { get; }

    internal ClusterTable Clusters { get; }

    internal Logger Log { get; }

    /// <summary>Where scripts write.</summary>
    internal Logger ScriptLog { get; }

    /// <summary>Scratch paper for spans that end.</summary>
    internal Tracing.SpanTags SpanTags { get; } = new();

    internal DateCache Dates { get; }

    /// <summary>Destinations that many connections have in common.</summary>
    internal Addresses.SharedAddresses Addresses { get; } = new();

    /// <summary>What the overload manager has put into force; the same for all workers.</summary>
    internal OverloadState Overload { get; }

    /// <summary>Whether work is refused at a point of the data path; counted.</summary>
    internal bool Sheds(LoadShedPointKind point) =>
        Overload.MayShed(point) && Overload.Sheds(point, Index, _random.Next());

    /// <summary>How soon what drains is asked to close. Set before the start.</summary>
    internal DrainPace DrainPace { get; set; }

    /// <summary>Responses carry <c>connection: close</c>: the process drains.</summary>
    internal bool IsDraining { get; set; }

    /// <summary><c>/healthcheck/fail</c> is in force: responses ask clients to go elsewhere. Thread: any.</summary>
    internal bool HealthCheckFailed
    {
        get => Volatile.Read(ref _healthCheckFailed);
        set => Volatile.Write(ref _healthCheckFailed, value);
    }

    /// <summary>Downstream connections open now.</summary>
    internal int ConnectionCount { get; set; }

    internal ref WorkerRandom Random => ref _random;

    internal long NowNanos => Loop.NowNanos;

    internal IReadOnlyCollection<ActiveListener> Listeners => _listeners.Values;

    internal void Start()
    {
        _thread =
            new Thread(Loop.Run, 256 * 1024) { Name = Index == 0 ? "main" : $"worker-{Index}", IsBackground = true };
        _thread.Start();
    }

    internal bool Join(TimeSpan timeout) => _thread is null || _thread.Join(timeout);

    internal ulong NextConnectionId() => ++_nextConnectionId;

    internal HttpStream RentStream() => _streams.TryPop(out var stream) ? stream : new HttpStream(this);

    internal void ReturnStream(HttpStream stream)
    {
        if (_streams.Count < StreamsRetainedMax)
        {
            _streams.Push(stream);
        }
    }

    /// <summary>The worker's connections to a host.</summary>
    internal UpstreamHostState GetHostState(Host host)
    {
        ref var slot = ref host.WorkerState(Index);
        if (slot is UpstreamHostState state)
        {
            return state;
        }

        state = new UpstreamHostState(this, host);
        slot = state;
        _hostStates.Add(state);
        if (!_sweep.IsStarted)
        {
            _sweep.Start(SweepMillis);
        }

        return state;
    }

    /// <summary>Ends idle connections to hosts of a cluster that have left it or failed, or to all of them where the
    /// cluster wants that when its hosts change.</summary>
    internal void CloseStale(Cluster cluster)
    {
        for (var i = _hostStates.Count - 1; i >= 0; i--)
        {
            var host = _hostStates[i].Host;
            if (ReferenceEquals(host.Cluster, cluster)
                && (host.IsRemoved || host.ClosesConnections || host.Failures != _hostStates[i].SeenFailures
                    || cluster.Config.CloseConnectionsOnHostSetChange))
            {
                _hostStates[i].SeenFailures = host.Failures;
                _hostStates[i].CloseIdle();
            }
        }
    }

    internal ActiveListener? FindListener(string name) => _listeners.GetValueOrDefault(name);

    internal void AddListener(ActiveListener listener)
    {
        _listeners[listener.Current.Name] = listener;
        foreach (var address in listener.Addresses)
        {
            _byAddress[address] = listener;
        }
    }

    internal void RemoveListener(ActiveListener listener)
    {
        if (_listeners.TryGetValue(listener.Current.Name, out var present) && ReferenceEquals(present, listener))
        {
            _listeners.Remove(listener.Current.Name);
        }

        foreach (var address in listener.Addresses)
        {
            if (_byAddress.TryGetValue(address, out var at) && ReferenceEquals(at, listener))
            {
                _byAddress.Remove(address);
            }
        }
    }

    /// <summary>The internal listener of a name that takes connections; null: none does.</summary>
    internal ActiveListener? FindInternalListener(string name) =>
        _listeners.TryGetValue(name, out var listener) && listener.TakesInternal ? listener : null;

    /// <summary>The listener for a restored destination: exact address, then the wildcard with that port.</summary>
    internal ActiveListener? FindListener(Address destination)
    {
        if (_byAddress.TryGetValue(destination, out var exact))
        {
            return exact;
        }

        var any = destination.Ip.IsV6 ? IpAddress.FromV6(0, 0) : IpAddress.FromV4(0);
        return _byAddress.GetValueOrDefault(new Address(any, destination.Port));
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        for (var i = _hostStates.Count - 1; i >= 0; i--)
        {
            if (_hostStates[i].Host.IsRemoved && _hostStates[i].CloseIdle())
            {
                _hostStates[i].ReleasePools();
                _hostStates.RemoveAt(i);
            }
        }

        if (_hostStates.Count > 0)
        {
            _sweep.Start(SweepMillis);
        }
    }
}
