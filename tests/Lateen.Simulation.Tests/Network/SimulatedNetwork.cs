using Lateen.Net;
using Lateen.Net.Native;
using Lateen.TestKit;

namespace Lateen.Simulation.Tests.Network;

/// <summary>
/// Sockets, loops' events and time of one simulated world, driven by one seed on one thread. Bytes arrive in pieces and
/// late, buffers are small, connections break, loops and arrivals take turns in random order; time moves only when
/// nothing else can. All that happens goes into <see cref="TraceHash"/>.
/// </summary>
internal sealed partial class SimulatedNetwork(Random random, VirtualClock clock)
{
    private readonly Dictionary<int, SimulatedSocket> _sockets = [];
    private readonly Dictionary<int, SimulatedEpoll> _epolls = [];
    private readonly Dictionary<NetAddress, List<SimulatedSocket>> _listeners = [];
    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private readonly List<EventLoop> _loops = [];
    private readonly List<EventLoop> _runnable = [];
    private int _nextDescriptor = Kernel.SimulatedDescriptorMin;
    private int _nextPort = 40000;
    private long _order;

    public Random Random => random;

    public VirtualClock Clock => clock;

    public NetworkWeather Weather { get; set; } = NetworkWeather.Calm;

    /// <summary>Equal for equal seeds.</summary>
    public ulong TraceHash { get; private set; } = 14695981039346656037;

    /// <summary>Gets each step of the trace as text; null: nobody.</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>Descriptors open now, loops' own among them.</summary>
    public int OpenCount => _sockets.Count + _epolls.Count;

    public int StepCount { get; private set; }

    private long Now => clock.GetUtcNow().Ticks;

    /// <summary>A loop that <see cref="Step"/> turns.</summary>
    public void Add(EventLoop loop)
    {
        if (!_loops.Contains(loop))
        {
            _loops.Add(loop);
        }
    }

    public void Remove(EventLoop loop) => _loops.Remove(loop);

    /// <summary>Sockets that are still open at an address or to one, for messages of failures.</summary>
    public IEnumerable<SimulatedSocket> Connections => _sockets.Values.Where(socket => socket.Peer is not null);

    /// <summary>Runs something later, on no loop.</summary>
    public void After(TimeSpan delay, Action action) => At(Now + delay.Ticks, action);

    /// <summary>
    /// One event, one turn of a loop, or a leap of time. False when nothing will ever happen again by itself before
    /// <paramref name="end"/>; then time is there.
    /// </summary>
    public bool Step(DateTimeOffset end)
    {
        StepCount++;
        var now = Now;
        _runnable.Clear();
        var next = end.Ticks;
        foreach (var loop in _loops)
        {
            var wake = WakeTicks(loop, now);
            if (wake <= now)
            {
                _runnable.Add(loop);
            }

            next = Math.Min(next, wake);
        }

        var isDue = _events.TryPeek(out _, out var first) && first.At <= now;
        var choices = _runnable.Count + (isDue ? 1 : 0);
        if (choices > 0)
        {
            var choice = random.Next(choices);
            if (choice == _runnable.Count)
            {
                _events.Dequeue()();
            }
            else
            {
                _runnable[choice].RunOnce(0);
            }

            return true;
        }

        next = _events.Count > 0 ? Math.Min(next, first.At) : next;
        next = clock.NextTimer is { } timer ? Math.Min(next, now + Math.Max(timer.Ticks, 0)) : next;
        Note('t', next - now, 0);
        clock.Advance(TimeSpan.FromTicks(Math.Max(next - now, 1)));
        return Now < end.Ticks;
    }

    public SimulatedSocket? Find(int descriptor) => _sockets.GetValueOrDefault(descriptor);

    public SimulatedEpoll FindEpoll(int descriptor) => _epolls[descriptor];

    public int CreateEpoll()
    {
        var epoll = new SimulatedEpoll(_nextDescriptor++);
        _epolls.Add(epoll.Descriptor, epoll);
        return epoll.Descriptor;
    }

    public int CreateEvent() => Open(new SimulatedSocket(_nextDescriptor++) { IsEvent = true }).Descriptor;

    public int OpenSocket() => Open(new SimulatedSocket(_nextDescriptor++)).Descriptor;

    public static int Watch(SimulatedEpoll epoll, SimulatedSocket socket, ulong data)
    {
        socket.Epoll = epoll;
        socket.EpollData = data;
        if (socket.Mask() != 0)
        {
            Signal(socket);
        }

        return 0;
    }

    /// <summary>Some of what is ready, in any order.</summary>
    public int Wait(SimulatedEpoll epoll, Span<EpollEvent> events)
    {
        var limit = Math.Min(events.Length, 1 + random.Next(8));
        var count = 0;
        while (count < limit && epoll.Ready.Count > 0)
        {
            var index = random.Next(epoll.Ready.Count);
            var socket = epoll.Ready[index];
            epoll.Ready.RemoveAt(index);
            socket.IsReady = false;
            var mask = socket.Mask();
            if (mask == 0)
            {
                continue;
            }

            events[count].Events = mask;
            events[count].Data = socket.EpollData;
            count++;
            Note('e', socket.Descriptor, mask);
        }

        return count;
    }

    private static void Signal(SimulatedSocket socket)
    {
        if (socket.Epoll is { } epoll && !socket.IsReady && !socket.IsClosed)
        {
            socket.IsReady = true;
            epoll.Ready.Add(socket);
        }
    }

    private SimulatedSocket Open(SimulatedSocket socket)
    {
        _sockets.Add(socket.Descriptor, socket);
        return socket;
    }

    private void At(long ticks, Action action) => _events.Enqueue(action, (ticks, _order++));

    private long WakeTicks(EventLoop loop, long now)
    {
        if (FindEpoll(loop.Descriptor).Ready.Count > 0)
        {
            return now;
        }

        var wait = loop.NextWaitMillis;
        if (wait < 0)
        {
            return long.MaxValue;
        }

        var passed = MonotonicMillis() - loop.Timers.NowMillis;
        return wait <= passed ? now : now + ((wait - passed) * TimeSpan.TicksPerMillisecond);
    }

    private long MonotonicMillis() =>
        (long)((Int128)clock.GetTimestamp() * 1_000_000_000 / clock.TimestampFrequency) / 1_000_000;

    private void Note(char what, long a, long b)
    {
        TraceHash = (((TraceHash ^ what) * 1099511628211 ^ (ulong)a) * 1099511628211 ^ (ulong)b) * 1099511628211;
        Trace?.Invoke($"{clock.GetUtcNow():mm:ss.fffffff} {what} {a} {b}");
    }
}
