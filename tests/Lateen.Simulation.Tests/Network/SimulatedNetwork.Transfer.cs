using Lateen.Net;
using Lateen.Net.Native;

namespace Lateen.Simulation.Tests.Network;

/// <content>What the calls on sockets do, as Linux does it.</content>
internal sealed partial class SimulatedNetwork
{
    private const int ErrorInUse = 98;
    private const int ErrorRefused = 111;
    private const int ErrorBrokenPipe = 32;
    private const int ErrorUnreachable = 113;

    public static int Bind(SimulatedSocket socket, ReadOnlySpan<byte> address)
    {
        socket.Local = NetAddress.ReadSockAddr(address);
        return 0;
    }

    public int Listen(SimulatedSocket socket)
    {
        if (socket.Local.Port == 0)
        {
            return -ErrorInUse;
        }

        socket.IsListening = true;
        if (!_listeners.TryGetValue(socket.Local, out var all))
        {
            _listeners.Add(socket.Local, all = []);
        }

        all.Add(socket);
        return 0;
    }

    public int Accept(SimulatedSocket listener, Span<byte> address, out int length)
    {
        length = 0;
        if (!listener.Backlog.TryDequeue(out var socket))
        {
            return -Libc.Eagain;
        }

        length = socket.Remote.WriteSockAddr(address);
        Note('a', listener.Descriptor, socket.Descriptor);
        return socket.Descriptor;
    }

    public int Connect(SimulatedSocket socket, ReadOnlySpan<byte> address)
    {
        var target = NetAddress.ReadSockAddr(address);
        Note('c', socket.Descriptor, target.Port);
        if (Chance(Weather.RefuseChance / 4))
        {
            return -ErrorUnreachable;
        }

        socket.Remote = target;
        socket.IsConnecting = true;
        socket.Local = NetAddress.V4(0x7F000001, _nextPort++);
        if (!Chance(Weather.VanishChance))
        {
            var refused = Chance(Weather.RefuseChance);
            At(Now + Latency(), () => Meet(socket, target, refused));
        }

        return -Libc.Einprogress;
    }

    public int Receive(SimulatedSocket socket, Span<byte> target)
    {
        if (socket.IsEvent)
        {
            Span<byte> count = stackalloc byte[8];
            var any = socket.Take(count);
            while (socket.ReceivedBytes > 0)
            {
                socket.Take(count);
            }

            return any > 0 ? any : -Libc.Eagain;
        }

        if (socket.ReceivedBytes > 0)
        {
            var n = socket.Take(target);
            Note('r', socket.Descriptor, n);
            socket.Peer!.Unread -= n;
            if (socket.Peer is { WantsSpace: true } sender && sender.Unread <= sender.Capacity * 2 / 3)
            {
                sender.WantsSpace = false;
                At(Now + Latency(), () => Signal(sender));
            }

            return n;
        }

        if (socket.Error != 0)
        {
            var error = socket.Error;
            socket.Error = 0;
            return -error;
        }

        return socket.IsEndReceived || socket.IsReset ? 0 : -Libc.Eagain;
    }

    public int Send(SimulatedSocket socket, ReadOnlySpan<byte> bytes)
    {
        if (socket.IsEvent)
        {
            socket.Deliver(bytes.ToArray());
            Signal(socket);
            return bytes.Length;
        }

        if (socket.IsReset || socket.IsEndSent || !socket.IsConnected)
        {
            return socket.IsConnecting ? -Libc.Eagain : -ErrorBrokenPipe;
        }

        var n = Math.Min(bytes.Length, socket.Capacity - socket.Unread);
        socket.WantsSpace = n < bytes.Length;
        Note('s', socket.Descriptor, n);
        if (n <= 0)
        {
            return -Libc.Eagain;
        }

        socket.Unread += n;
        var sent = bytes[..n];
        while (!sent.IsEmpty)
        {
            var piece = random.Next(4) == 0 ? 1 + random.Next(sent.Length) : sent.Length;
            var copy = sent[..piece].ToArray();
            Arrive(socket, peer =>
            {
                peer.Deliver(copy);
                Signal(peer);
            });
            sent = sent[piece..];
        }

        return n;
    }

    public int Shutdown(SimulatedSocket socket)
    {
        Note('f', socket.Descriptor, 0);
        SendEnd(socket);
        return 0;
    }

    public int Close(SimulatedSocket socket)
    {
        Note('x', socket.Descriptor, 0);
        _sockets.Remove(socket.Descriptor);
        socket.IsClosed = true;
        if (socket.IsReady)
        {
            socket.Epoll!.Ready.Remove(socket);
        }

        if (socket.IsListening)
        {
            _listeners[socket.Local].Remove(socket);
            foreach (var waiting in socket.Backlog)
            {
                waiting.ResetsOnClose = true;
                Close(waiting);
            }
        }
        else if (socket.Peer is not null && !socket.IsReset)
        {
            if (socket.ResetsOnClose || socket.ReceivedBytes > 0)
            {
                socket.IsReset = true;
                Arrive(socket, Reset);
            }
            else
            {
                SendEnd(socket);
            }
        }

        return 0;
    }

    /// <summary>Both ends learn of a reset, as if something between had died.</summary>
    public static void Break(SimulatedSocket socket)
    {
        Reset(socket);
        Reset(socket.Peer!);
    }

    private static void Reset(SimulatedSocket socket)
    {
        if (socket.IsReset || socket.IsClosed)
        {
            return;
        }

        socket.IsReset = true;
        socket.Error = Libc.Econnreset;
        Signal(socket);
    }

    private void SendEnd(SimulatedSocket socket)
    {
        if (socket.IsEndSent || socket.Peer is null)
        {
            return;
        }

        socket.IsEndSent = true;
        Arrive(socket, peer =>
        {
            peer.IsEndReceived = true;
            Signal(peer);
        });
    }

    /// <summary>Something comes at the peer, after all that was sent before; a peer that is gone answers with a
    /// reset.</summary>
    private void Arrive(SimulatedSocket socket, Action<SimulatedSocket> what)
    {
        var at = Now + Latency() + (Chance(Weather.StallChance) ? Seconds(8) : 0);
        socket.LastArrival = Math.Max(at, socket.LastArrival);
        At(socket.LastArrival, () =>
        {
            var peer = socket.Peer!;
            if (peer.IsReset)
            {
                return;
            }

            if (!peer.IsClosed)
            {
                what(peer);
            }
            else if (!socket.IsReset && !socket.IsClosed)
            {
                At(Now + Latency(), () => Reset(socket));
            }
        });
    }

    private void Meet(SimulatedSocket socket, NetAddress target, bool refused)
    {
        if (socket.IsClosed)
        {
            return;
        }

        socket.IsConnecting = false;
        if (refused || !_listeners.TryGetValue(target, out var all) || all.Count == 0)
        {
            socket.Error = ErrorRefused;
            Signal(socket);
            return;
        }

        var narrow = Chance(Weather.NarrowChance);
        var accepted = Open(new SimulatedSocket(_nextDescriptor++)
        {
            Local = target,
            Remote = socket.Local,
            Peer = socket,
            IsConnected = true,
            Capacity = narrow ? 200 + random.Next(3000) : 4096 << random.Next(6),
        });
        socket.Capacity = narrow ? 200 + random.Next(3000) : 4096 << random.Next(6);
        socket.Peer = accepted;
        var listener = all[random.Next(all.Count)];
        listener.Backlog.Enqueue(accepted);
        Signal(listener);
        if (Chance(Weather.ResetChance))
        {
            At(Now + Seconds(3), () => Break(socket));
        }

        At(Now + Latency(), () =>
        {
            socket.IsConnected = true;
            Signal(socket);
        });
    }

    private bool Chance(int ofThousand) => random.Next(1000) < ofThousand;

    private long Latency() => random.Next(Weather.LatencyMicrosMax) * TimeSpan.TicksPerMicrosecond;

    private long Seconds(int max) => random.Next(1, max * 1000) * TimeSpan.TicksPerMillisecond;
}
