using System.Runtime.CompilerServices;
using Lateen.Net.Native;

namespace Lateen.Simulation.Tests.Network;

/// <summary>
/// Stands under Lateen.Net in this process: on a thread that has a <see cref="SimulatedNetwork"/>, sockets and loops
/// are that network's; on all others they are real.
/// </summary>
internal sealed class SimulatedKernel : ISimulatedKernel
{
    private const int ErrorBadDescriptor = -9;

    [ThreadStatic]
    private static SimulatedNetwork? _current;

    /// <summary>The network of this thread; null: the real one.</summary>
    public static SimulatedNetwork? Current
    {
        get => _current;
        set => _current = value;
    }

    public bool IsActive => _current is not null;

#pragma warning disable CA2255 // Lateen.Net looks once, before its first call, and there is no earlier place.
    [ModuleInitializer]
    internal static void Install() => AppContext.SetData(Kernel.SimulationKey, new SimulatedKernel());
#pragma warning restore CA2255

    public int Socket(int domain) => Network.OpenSocket();

    public int Bind(int descriptor, ReadOnlySpan<byte> address) => SimulatedNetwork.Bind(Find(descriptor)!, address);

    public int Listen(int descriptor) => Network.Listen(Find(descriptor)!);

    public int Accept(int descriptor, Span<byte> address, out int length) =>
        Network.Accept(Find(descriptor)!, address, out length);

    public int Connect(int descriptor, ReadOnlySpan<byte> address) => Network.Connect(Find(descriptor)!, address);

    public int Receive(int descriptor, Span<byte> target) =>
        Find(descriptor) is { } socket ? Network.Receive(socket, target) : ErrorBadDescriptor;

    public int Send(int descriptor, ReadOnlySpan<byte> bytes) =>
        Find(descriptor) is { } socket ? Network.Send(socket, bytes) : ErrorBadDescriptor;

    public int Shutdown(int descriptor) => Network.Shutdown(Find(descriptor)!);

    public int Close(int descriptor) =>
        Find(descriptor) is { } socket ? Network.Close(socket) : ErrorBadDescriptor;

    public int SetOption(int descriptor, int level, int name, ReadOnlySpan<byte> value)
    {
        if (level == Libc.SolSocket && name == Libc.SoLinger)
        {
            Find(descriptor)!.ResetsOnClose = true;
        }

        return 0;
    }

    public int GetOption(int descriptor, int level, int name, Span<byte> value)
    {
        if (level != Libc.SolSocket || name != Libc.SoError)
        {
            return -92;
        }

        var socket = Find(descriptor)!;
        BitConverter.TryWriteBytes(value, socket.Error);
        socket.Error = 0;
        return 0;
    }

    public int GetLocalAddress(int descriptor, Span<byte> address) => Find(descriptor)!.Local.WriteSockAddr(address);

    public int CreateEpoll() => Network.CreateEpoll();

    public int CreateEvent() => Network.CreateEvent();

    public int Watch(int epoll, int descriptor, ulong data) =>
        SimulatedNetwork.Watch(Network.FindEpoll(epoll), Find(descriptor)!, data);

    public int Wait(int epoll, Span<EpollEvent> events) => Network.Wait(Network.FindEpoll(epoll), events);

    private static SimulatedNetwork Network =>
        _current ?? throw new InvalidOperationException("This thread has no simulated network.");

    private static SimulatedSocket? Find(int descriptor) => Network.Find(descriptor);
}
