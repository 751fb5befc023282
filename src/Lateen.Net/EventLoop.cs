using System.Runtime.InteropServices;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>
/// One thread's epoll: descriptors are registered once, edge-triggered for everything; an event carries slot and
/// generation, so that a late event of a closed descriptor is dropped. The clock is read once per turn. Other threads
/// reach it through
/// <see cref="TryPost"/> only.
/// </summary>
/// <remarks>
/// A turn: 1. wait for events until the next timer; 2. read the clock; 3. fire timers; 4. dispatch the events and,
/// after some of them, flush what they made dirty; 5. run deferred sources; 6. run posted messages.
/// </remarks>
public sealed unsafe class EventLoop : IDisposable
{
    private const int EventsMax = 256;

    /// <summary>Events handled before what they made dirty is sent. Sending one after another keeps the kernel's way
    /// and ours from pushing each other out of the processor's caches at each event; the limit keeps the first of them
    /// from waiting for all.</summary>
    private const int EventsPerFlush = 32;

    private readonly TimeProvider _clock;
    private readonly long _ticksPerSecond;
    private readonly LoopMailbox _mailbox;
    private readonly int _epoll;
    private readonly EpollEvent* _events;
    private EventSource?[] _sources = new EventSource?[64];
    private uint[] _generations = new uint[64];
    private int[] _freeSlots = new int[64];
    private int _freeSlotCount;
    private int _slotCount;
    private readonly Queue<EventSource> _deferred = new();
    private EventSource? _firstDirty;
    private EventSource? _lastDirty;
    private bool _stopping;
    private byte* _scratch;
    private TlsBuffers? _tlsBuffers;

    /// <summary>Makes a loop that nothing drives yet.</summary>
    /// <param name="clock">Read once per turn.</param>
    /// <param name="mailboxMax">Messages that may wait; more are refused.</param>
    /// <param name="retainedBlocksMax">Free 16 KiB blocks kept for reuse.</param>
    public EventLoop(TimeProvider clock, int mailboxMax = 4096, int retainedBlocksMax = 256)
    {
        ArgumentNullException.ThrowIfNull(clock);
        _clock = clock;
        _ticksPerSecond = clock.TimestampFrequency;
        _epoll = Kernel.EpollCreate1(Libc.SockCloexec);
        if (_epoll < 0)
        {
            throw new NetworkException("epoll_create1", Marshal.GetLastPInvokeError());
        }

        _events = (EpollEvent*)NativeMemory.AllocZeroed(EventsMax, (nuint)sizeof(EpollEvent));
        ReadClock();
        Timers = new TimerWheel(NowMillis);
        Buffers = new BufferPool(retainedBlocksMax);
        _mailbox = new LoopMailbox(this, mailboxMax);
        Register(_mailbox, _mailbox.Descriptor);
    }

    /// <summary>Timers of this loop.</summary>
    public TimerWheel Timers { get; }

    /// <summary>Buffers of this loop.</summary>
    public BufferPool Buffers { get; }

    /// <summary>What established TLS sessions of this loop share.</summary>
    internal TlsBuffers TlsBuffers => _tlsBuffers ??= new TlsBuffers();

    /// <summary>Monotonic milliseconds, as of this turn.</summary>
    public long NowMillis => NowNanos / 1_000_000;

    /// <summary>Monotonic nanoseconds of the clock, the same for all loops of a process, as of this turn.</summary>
    public long NowNanos { get; private set; }

    /// <summary>Wall clock as of this turn, nanoseconds since the Unix epoch.</summary>
    public long UnixNanos { get; private set; }

    /// <summary>Turns so far; the same number means the same turn.</summary>
    public long TurnCount { get; private set; }

    /// <summary>Descriptors registered now.</summary>
    public int SourceCount => _slotCount - _freeSlotCount;

    /// <summary>How long the next turn would wait when nothing happens, in milliseconds; -1 for ever.</summary>
    internal int NextWaitMillis => WaitMillis(-1);

    internal int Descriptor => _epoll;

    internal const int ScratchBytes = 64 * 1024;

    /// <summary>64 KiB for whoever is reading just now; nothing stays in it across calls.</summary>
    internal byte* Scratch => _scratch == null ? _scratch = (byte*)NativeMemory.Alloc(ScratchBytes) : _scratch;

    /// <summary>Watches a descriptor for everything, edge-triggered. The source keeps owning it.</summary>
    /// <exception cref="NetworkException">The kernel refused, for example for lack of memory.</exception>
    public void Register(EventSource source, int descriptor)
    {
        ArgumentNullException.ThrowIfNull(source);
        var slot = TakeSlot();
        source.Slot = slot;
        _sources[slot] = source;
        var ev = new EpollEvent
        {
            Events = Libc.EpollIn | Libc.EpollOut | Libc.EpollRdHup | Libc.EpollEt,
            Data = ((ulong)_generations[slot] << 32) | (uint)slot,
        };
        if (Kernel.EpollCtl(_epoll, Libc.EpollCtlAdd, descriptor, &ev) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            ReleaseSlot(source);
            throw new NetworkException("epoll_ctl", error);
        }
    }

    /// <summary>Forgets a source. Call it right before closing the descriptor, which takes it out of epoll.</summary>
    public void Unregister(EventSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Slot >= 0)
        {
            ReleaseSlot(source);
        }
    }

    /// <summary>Runs <see cref="EventSource.OnDeferred"/> at the end of this turn or the next; once, however often
    /// asked.</summary>
    public void Defer(EventSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.IsDeferred)
        {
            return;
        }

        source.IsDeferred = true;
        _deferred.Enqueue(source);
    }

    /// <summary>Runs <see cref="EventSource.OnFlush"/> once the present event and at most
    /// <see cref="EventsPerFlush"/> others have been handled; the order is that of the calls.</summary>
    public void MarkDirty(EventSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.IsDirty)
        {
            return;
        }

        source.IsDirty = true;
        if (_lastDirty is { } last)
        {
            last.NextDirty = source;
        }
        else
        {
            _firstDirty = source;
        }

        _lastDirty = source;
    }

    /// <summary>
    /// Asks the loop's thread to run <paramref name="message"/>. Any thread. False when the mailbox is full or the loop
    /// has ended.
    /// </summary>
    public bool TryPost(LoopMessage message, object? state) => _mailbox.TryPost(message, state);

    /// <summary>Runs turns on the calling thread until <see cref="Stop"/>.</summary>
    public void Run()
    {
        while (!_stopping)
        {
            RunOnce(-1);
        }
    }

    /// <summary>Ends <see cref="Run"/> after this turn. On the loop's thread; others post it.</summary>
    public void Stop() => _stopping = true;

    /// <summary>One turn. Returns the number of events handled.</summary>
    /// <param name="timeoutMillisMax">Longest wait; -1 waits for the next timer or event.</param>
    public int RunOnce(int timeoutMillisMax)
    {
        var timeout = WaitMillis(timeoutMillisMax);
        var count = Kernel.EpollWait(_epoll, _events, EventsMax, timeout);
        TurnCount++;
        ReadClock();
        Timers.Advance(NowMillis);
        Flush();
        for (var i = 0; i < count; i++)
        {
            Dispatch(_events[i]);
            if ((i + 1) % EventsPerFlush == 0)
            {
                Flush();
            }
        }

        Flush();
        RunDeferred();
        return Math.Max(count, 0);
    }

    /// <summary>Sends what is dirty now.</summary>
    public void Flush()
    {
        while (_firstDirty is { } source)
        {
            _firstDirty = source.NextDirty;
            _lastDirty = _firstDirty is null ? null : _lastDirty;
            source.NextDirty = null;
            source.IsDirty = false;
            source.OnFlush();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _mailbox.Close();
        Kernel.Close(_epoll);
        NativeMemory.Free(_events);
        NativeMemory.Free(_scratch);
        _scratch = null;
        _tlsBuffers?.Dispose();
        _tlsBuffers = null;
        Buffers.Dispose();
    }

    private int WaitMillis(int timeoutMillisMax)
    {
        if (_deferred.Count > 0)
        {
            return 0;
        }

        // The wheel stands where the last turn left it; what has passed since is made up for by the next turn.
        var next = Timers.NextDelay();
        if (next < 0)
        {
            return timeoutMillisMax;
        }

        return timeoutMillisMax < 0 ? next : Math.Min(next, timeoutMillisMax);
    }

    private void ReadClock()
    {
        var ticks = _clock.GetTimestamp();
        NowNanos = _ticksPerSecond == 1_000_000_000 ? ticks : (long)((Int128)ticks * 1_000_000_000 / _ticksPerSecond);
        UnixNanos = (_clock.GetUtcNow().Ticks - DateTime.UnixEpoch.Ticks) * 100;
    }

    private void Dispatch(EpollEvent ev)
    {
        var slot = (int)(uint)ev.Data;
        var source = _sources[slot];
        if (source is not null && _generations[slot] == (uint)(ev.Data >> 32))
        {
            source.OnEvents(ev.Events);
        }
    }

    private void RunDeferred()
    {
        // What is deferred meanwhile waits for the next turn.
        for (var left = _deferred.Count; left > 0; left--)
        {
            var source = _deferred.Dequeue();
            source.IsDeferred = false;
            source.OnDeferred();
            Flush();
        }
    }

    private int TakeSlot()
    {
        if (_freeSlotCount > 0)
        {
            return _freeSlots[--_freeSlotCount];
        }

        if (_slotCount == _sources.Length)
        {
            Array.Resize(ref _sources, _slotCount * 2);
            Array.Resize(ref _generations, _slotCount * 2);
        }

        return _slotCount++;
    }

    private void ReleaseSlot(EventSource source)
    {
        var slot = source.Slot;
        source.Slot = -1;
        _sources[slot] = null;
        _generations[slot]++;
        if (_freeSlotCount == _freeSlots.Length)
        {
            Array.Resize(ref _freeSlots, _freeSlotCount * 2);
        }

        _freeSlots[_freeSlotCount++] = slot;
    }
}
