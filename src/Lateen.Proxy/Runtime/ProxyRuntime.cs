using Lateen.Core.Logging;
using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Config;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Overload;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// The workers of a process and what is asked of them from outside: listeners come, change and go. Called by the
/// configuration thread; everything reaches a worker as a message.
/// </summary>
internal sealed class ProxyRuntime : IListenerRuntime, IDisposable
{
    private readonly Worker[] _workers;
    private readonly Dictionary<string, ActiveListener[]> _listeners = [];
    private readonly TimeSpan _drainTime;
    private readonly Lazy<Worker> _main;
    private bool _isPaused;
    private bool _started;

    /// <summary>Makes the workers; <see cref="Start"/> sets them going.</summary>
    public ProxyRuntime(int workerCount, TimeProvider clock, ClusterTable clusters, ulong seed, TimeSpan drainTime,
        Logger log, OverloadState overload, bool drainsGradually = false)
    {
        _drainTime = drainTime;
        var pace = new DrainPace((long)(drainTime.TotalMilliseconds * 1_000_000), drainsGradually);
        _workers = new Worker[workerCount];
        for (var i = 0; i < workerCount; i++)
        {
            _workers[i] = new Worker(i + 1, clock, clusters, seed, log, overload) { DrainPace = pace };
        }

        _main = new Lazy<Worker>(() =>
        {
            var main = new Worker(0, clock, clusters, seed, log, overload);
            if (!IsStepped)
            {
                main.Start();
            }

            return main;
        });
    }

    /// <summary>Downstream connections open now, over all workers; not exact while they come and go.</summary>
    public int ConnectionCount => _workers.Sum(worker => worker.ConnectionCount);

    /// <summary>No thread is started; the caller turns the loops.</summary>
    public bool IsStepped { get; init; }

    internal IReadOnlyList<Worker> Workers => _workers;

    /// <summary>All workers that there are now, <see cref="Main"/> among them once it was asked for.</summary>
    internal IEnumerable<Worker> AllWorkers => _main.IsValueCreated ? _workers.Append(_main.Value) : _workers;

    /// <summary>A loop of its own for what runs beside requests, such as health checks. Made, and going, from its
    /// first use on.</summary>
    internal Worker Main => _main.Value;

    /// <summary>Has all workers close idle connections to a cluster's hosts that should not be kept. Any
    /// thread.</summary>
    internal void CloseStale(Cluster cluster)
    {
        foreach (var worker in _workers)
        {
            worker.Loop.TryPost(_ => worker.CloseStale(cluster), null);
        }
    }

    /// <summary>Starts the threads; listeners added before begin to accept.</summary>
    public void Start()
    {
        if (IsStepped)
        {
            return;
        }

        _started = true;
        foreach (var worker in _workers)
        {
            worker.Start();
        }
    }

    /// <summary>
    /// Puts a listener into force. With <paramref name="inPlace"/> the sockets stay and connections whose filter chain
    /// is still there go on; otherwise those of the previous one drain, and its sockets are taken over where the
    /// addresses are equal. Null on success, else why the address cannot be had; then nothing has changed.
    /// </summary>
    public string? ApplyListener(Listener next, Listener? previous, bool inPlace)
    {
        if (previous is not null && _listeners.TryGetValue(previous.Name, out var present))
        {
            if (SameAddresses(previous, next))
            {
                Post(present, (worker, active) =>
                    ChainDrainEnd.Start(worker, active, active.Update(next, !inPlace), _drainTime));
                return null;
            }

            _listeners.Remove(previous.Name);
            Retire(present);
        }

        try
        {
            _listeners[next.Name] = Bind(next);
            return null;
        }
        catch (NetworkException failure)
        {
            if (previous is not null)
            {
                _listeners[previous.Name] = Bind(previous);
            }

            return $"cannot bind '{next.Address}': {failure.Reason}";
        }
    }

    /// <summary>Stops accepting and drains; what is left after the drain time is closed.</summary>
    public void RemoveListener(Listener listener)
    {
        if (_listeners.Remove(listener.Name, out var present))
        {
            Retire(present);
        }
    }

    /// <summary>
    /// Drains all listeners, or the inbound ones: responses carry <c>connection: close</c>. Accepting ends at once, or
    /// with
    /// <paramref name="graceful"/> when the drain time is over, unless <paramref name="skipExit"/>.
    /// </summary>
    public void DrainListeners(bool inboundOnly, bool graceful, bool skipExit)
    {
        foreach (var (_, present) in _listeners)
        {
            if (inboundOnly && present[0].Current.Direction != TrafficDirection.Inbound)
            {
                continue;
            }

            Post(present, (worker, active) =>
            {
                if (!graceful)
                {
                    active.StopListening();
                    return;
                }

                active.StartDrain();
                if (!skipExit)
                {
                    DrainEnd.Start(worker, active, _drainTime, false);
                }
            });
        }
    }

    /// <summary>The listeners take no more connections for now, or take them again.</summary>
    public void PauseAccepting(bool paused)
    {
        _isPaused = paused;
        foreach (var (_, present) in _listeners)
        {
            if (!present[0].Current.BypassesOverloadManager)
            {
                Post(present, (_, active) => active.PauseAccepting(paused));
            }
        }
    }

    /// <summary>Resets the streams that hold most memory; counted.</summary>
    /// <param name="overload">Where it is counted.</param>
    /// <param name="state">How far the action is in force.</param>
    /// <param name="power">Where classes of streams begin.</param>
    public void ResetLargeStreams(OverloadState overload, double state, int power)
    {
        foreach (var worker in _workers)
        {
            worker.Loop.TryPost(
                _ => overload.CountReset(worker.Index, StreamClasses.Reset(worker, state, power)), null);
        }
    }

    /// <summary>Addresses of a listener as bound, with the ports that the kernel chose.</summary>
    public IReadOnlyList<Address> GetAddresses(string listenerName) =>
        _listeners.TryGetValue(listenerName, out var present) ? present[0].Addresses : [];

    /// <summary>Ends the workers; connections are closed.</summary>
    public void Dispose()
    {
        foreach (var worker in _workers)
        {
            worker.Loop.TryPost(
                static state =>
                {
                    var self = (Worker)state!;
                    foreach (var listener in self.Listeners)
                    {
                        listener.StopListening();
                        listener.CloseConnections(false);
                    }

                    self.Loop.Stop();
                },
                worker);
        }

        if (_main.IsValueCreated)
        {
            _main.Value.Loop.TryPost(_ => _main.Value.Loop.Stop(), null);
            _main.Value.Join(TimeSpan.FromSeconds(5));
        }

        if (_started)
        {
            foreach (var worker in _workers)
            {
                worker.Join(TimeSpan.FromSeconds(5));
            }
        }
    }

    private ActiveListener[] Bind(Listener listener)
    {
        var wanted = new List<Address> { listener.Address };
        wanted.AddRange(listener.AdditionalAddresses);
        var sockets = new List<ListenSocket>[_workers.Length];
        var bound = new List<Address>();
        try
        {
            for (var i = 0; i < _workers.Length; i++)
            {
                sockets[i] = [];
            }

            foreach (var address in wanted)
            {
                bound.Add(BindAddress(listener, address, sockets));
            }
        }
        catch (NetworkException)
        {
            foreach (var socket in sockets.Where(list => list is not null).SelectMany(list => list))
            {
                socket.Dispose();
            }

            throw;
        }

        var active = new ActiveListener[_workers.Length];
        for (var i = 0; i < _workers.Length; i++)
        {
            var mine = new ActiveListener(_workers[i], listener, [.. sockets[i]], [.. bound]);
            foreach (var socket in sockets[i])
            {
                ((ListenerAcceptor)socket.Callbacks).Target = mine;
            }

            active[i] = mine;
        }

        var isPaused = _isPaused && !listener.BypassesOverloadManager;
        var balance = listener.BalancesExactly && _workers.Length > 1 ? new ListenerBalance(active) : null;
        foreach (var mine in active)
        {
            mine.Balance = balance;
            mine.Worker.Loop.TryPost(
                _ =>
                {
                    mine.Worker.AddListener(mine);
                    mine.Start();
                    if (isPaused)
                    {
                        mine.PauseAccepting(true);
                    }
                },
                null);
        }

        return active;
    }

    private void Retire(ActiveListener[] present) => Post(present, (worker, active) =>
    {
        worker.RemoveListener(active);
        active.StopListening();
        active.StartDrain();
        DrainEnd.Start(worker, active, _drainTime, true);
    });

    private void Post(ActiveListener[] present, Action<Worker, ActiveListener> action)
    {
        for (var i = 0; i < _workers.Length; i++)
        {
            var (worker, active) = (_workers[i], present[i]);
            worker.Loop.TryPost(_ => action(worker, active), null);
        }
    }

    private Address BindAddress(Listener listener, Address address, List<ListenSocket>[] sockets)
    {
        if (!listener.BindToPort)
        {
            return address;
        }

        var options = new SocketOptions
        {
            ReusePort = listener.EnableReusePort,
            Transparent = listener.Transparent == true,
            Backlog = listener.TcpBacklogSize > 0 ? listener.TcpBacklogSize : SocketOptions.Default.Backlog,
            Freebind = listener.Freebind == true,
            FastOpenQueueLength = listener.FastOpenQueueLength ?? 0,
            PathMode = address.PathMode,
            Raw = [.. listener.SocketOptions.Select(option => (
                option.State, option.Level, option.Name, option.Bytes ?? BitConverter.GetBytes(option.IntValue)))],
        };
        var single = address.IsPipe || !listener.EnableReusePort;
        var net = NetAddresses.ToNet(address);
        for (var i = 0; i < (single ? 1 : _workers.Length); i++)
        {
            var socket = new ListenSocket(_workers[i].Loop, new ListenerAcceptor(), net, options);
            sockets[i].Add(socket);
            net = socket.LocalAddress;
        }

        return NetAddresses.ToAddress(net);
    }

    private static bool SameAddresses(Listener old, Listener updated) =>
        old.Address.Equals(updated.Address) && old.AdditionalAddresses.SequenceEqual(updated.AdditionalAddresses)
        && old.BindToPort == updated.BindToPort && old.Transparent == updated.Transparent
        && old.EnableReusePort == updated.EnableReusePort && old.BalancesExactly == updated.BalancesExactly;
}
