using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <summary>
/// The system calls of sockets and loops: those of <see cref="Libc"/>, or of a simulation that the process names before
/// it makes its first loop (<c>AppContext</c> data <c>Lateen.Net.Kernel</c>). Without one, the compiler sees a constant
/// null and leaves nothing of the choice.
/// </summary>
internal static unsafe class Kernel
{
    /// <summary>The key in <see cref="AppContext"/> under which a simulation is found.</summary>
    internal const string SimulationKey = "Lateen.Net.Kernel";

    /// <summary>No real descriptor is as large.</summary>
    internal const int SimulatedDescriptorMin = 1 << 24;

    private static readonly ISimulatedKernel? _simulated = AppContext.GetData(SimulationKey) as ISimulatedKernel;

    internal static int Socket(int domain, int type, int protocol) => _simulated is { IsActive: true }
        ? Result(_simulated.Socket(domain)) : Libc.Socket(domain, type, protocol);

    internal static int Bind(int fd, byte* address, int length) => IsSimulated(fd)
        ? Result(_simulated!.Bind(fd, new ReadOnlySpan<byte>(address, length))) : Libc.Bind(fd, address, length);

    internal static int Listen(int fd, int backlog) =>
        IsSimulated(fd) ? Result(_simulated!.Listen(fd)) : Libc.Listen(fd, backlog);

    internal static int Accept4(int fd, byte* address, int* length, int flags) => IsSimulated(fd)
        ? Result(_simulated!.Accept(fd, new Span<byte>(address, *length), out *length))
        : Libc.Accept4(fd, address, length, flags);

    internal static int Connect(int fd, byte* address, int length) => IsSimulated(fd)
        ? Result(_simulated!.Connect(fd, new ReadOnlySpan<byte>(address, length)))
        : Libc.Connect(fd, address, length);

    internal static nint Recv(int fd, byte* buffer, nint length, int flags) => IsSimulated(fd)
        ? Result(_simulated!.Receive(fd, new Span<byte>(buffer, (int)length)))
        : Libc.Recv(fd, buffer, length, flags);

    internal static nint ReadV(int fd, IoVector* vectors, int count) =>
        IsSimulated(fd) ? ReceiveMany(fd, vectors, count) : Libc.ReadV(fd, vectors, count);

    internal static nint Send(int fd, byte* buffer, nint length, int flags) => IsSimulated(fd)
        ? Result(_simulated!.Send(fd, new ReadOnlySpan<byte>(buffer, (int)length)))
        : Libc.Send(fd, buffer, length, flags);

    internal static nint SendMessage(int fd, MessageHeader* message, int flags) =>
        IsSimulated(fd) ? SendMany(fd, message) : Libc.SendMessage(fd, message, flags);

    internal static int Shutdown(int fd, int how) =>
        IsSimulated(fd) ? Result(_simulated!.Shutdown(fd)) : Libc.Shutdown(fd, how);

    internal static int Close(int fd) => IsSimulated(fd) ? Result(_simulated!.Close(fd)) : Libc.Close(fd);

    internal static int SetSockOpt(int fd, int level, int name, void* value, int length) => IsSimulated(fd)
        ? Result(_simulated!.SetOption(fd, level, name, new ReadOnlySpan<byte>(value, length)))
        : Libc.SetSockOpt(fd, level, name, value, length);

    internal static int GetSockOpt(int fd, int level, int name, void* value, int* length) => IsSimulated(fd)
        ? Result(_simulated!.GetOption(fd, level, name, new Span<byte>(value, *length)))
        : Libc.GetSockOpt(fd, level, name, value, length);

    internal static int GetSockName(int fd, byte* address, int* length)
    {
        if (!IsSimulated(fd))
        {
            return Libc.GetSockName(fd, address, length);
        }

        *length = Result(_simulated!.GetLocalAddress(fd, new Span<byte>(address, *length)));
        return *length < 0 ? -1 : 0;
    }

    internal static int EpollCreate1(int flags) =>
        _simulated is { IsActive: true } ? Result(_simulated.CreateEpoll()) : Libc.EpollCreate1(flags);

    internal static int EpollCtl(int epoll, int operation, int fd, EpollEvent* ev) => IsSimulated(epoll)
        ? Result(_simulated!.Watch(epoll, fd, ev->Data)) : Libc.EpollCtl(epoll, operation, fd, ev);

    internal static int EpollWait(int epoll, EpollEvent* events, int eventsMax, int timeout) => IsSimulated(epoll)
        ? Result(_simulated!.Wait(epoll, new Span<EpollEvent>(events, eventsMax)))
        : Libc.EpollWait(epoll, events, eventsMax, timeout);

    internal static int EventFd(uint initial, int flags) =>
        _simulated is { IsActive: true } ? Result(_simulated.CreateEvent()) : Libc.EventFd(initial, flags);

    internal static nint Read(int fd, void* buffer, nint length) => IsSimulated(fd)
        ? Result(_simulated!.Receive(fd, new Span<byte>(buffer, (int)length))) : Libc.Read(fd, buffer, length);

    internal static nint Write(int fd, void* buffer, nint length) => IsSimulated(fd)
        ? Result(_simulated!.Send(fd, new ReadOnlySpan<byte>(buffer, (int)length))) : Libc.Write(fd, buffer, length);

    private static bool IsSimulated(int fd) => _simulated is not null && fd >= SimulatedDescriptorMin;

    private static int Result(int result)
    {
        if (result >= 0)
        {
            return result;
        }

        Marshal.SetLastPInvokeError(-result);
        return -1;
    }

    private static nint ReceiveMany(int fd, IoVector* vectors, int count)
    {
        nint total = 0;
        for (var i = 0; i < count; i++)
        {
            var n = _simulated!.Receive(fd, new Span<byte>(vectors[i].Base, (int)vectors[i].Length));
            if (n < 0)
            {
                return total > 0 ? total : Result(n);
            }

            total += n;
            if (n < vectors[i].Length)
            {
                break;
            }
        }

        return total;
    }

    private static nint SendMany(int fd, MessageHeader* message)
    {
        nint total = 0;
        for (var i = 0; i < (int)message->VectorCount; i++)
        {
            var vector = message->Vectors[i];
            var n = _simulated!.Send(fd, new ReadOnlySpan<byte>(vector.Base, (int)vector.Length));
            if (n < 0)
            {
                return total > 0 ? total : Result(n);
            }

            total += n;
            if (n < vector.Length)
            {
                break;
            }
        }

        return total;
    }
}
