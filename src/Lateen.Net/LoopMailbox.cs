using System.Runtime.InteropServices;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>The bounded queue by which other threads reach a loop; an eventfd wakes it.</summary>
internal sealed unsafe class LoopMailbox : EventSource
{
    private readonly EventLoop _loop;
    private readonly Lock _lock = new();
    private readonly Queue<(LoopMessage Message, object? State)> _queue = new();
    private readonly int _capacity;
    private bool _closed;

    internal LoopMailbox(EventLoop loop, int capacity)
    {
        _loop = loop;
        _capacity = capacity;
        Descriptor = Kernel.EventFd(0, Libc.SockNonBlock | Libc.SockCloexec);
        if (Descriptor < 0)
        {
            throw new NetworkException("eventfd", Marshal.GetLastPInvokeError());
        }
    }

    internal int Descriptor { get; }

    internal bool TryPost(LoopMessage message, object? state)
    {
        lock (_lock)
        {
            if (_closed || _queue.Count >= _capacity)
            {
                return false;
            }

            _queue.Enqueue((message, state));
            ulong one = 1;
            _ = Kernel.Write(Descriptor, &one, sizeof(ulong));
        }

        return true;
    }

    internal void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _queue.Clear();
            Kernel.Close(Descriptor);
        }
    }

    protected internal override void OnEvents(uint events)
    {
        ulong value;
        _ = Kernel.Read(Descriptor, &value, sizeof(ulong));
        var budget = _capacity;
        while (budget-- > 0)
        {
            (LoopMessage Message, object? State) next;
            lock (_lock)
            {
                if (!_queue.TryDequeue(out next))
                {
                    return;
                }
            }

            next.Message(next.State);
            _loop.Flush();
        }
    }
}
