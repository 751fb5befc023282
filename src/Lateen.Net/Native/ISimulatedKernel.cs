namespace Lateen.Net.Native;

/// <summary>
/// The kernel's part of <see cref="Kernel"/>, simulated. As in the kernel, a negative result is an error number; there
/// is no other state for errors. Descriptors begin at <see cref="Kernel.SimulatedDescriptorMin"/>.
/// </summary>
internal interface ISimulatedKernel
{
    /// <summary>Whether sockets and loops that this thread makes are simulated.</summary>
    bool IsActive { get; }

    int Socket(int domain);

    int Bind(int descriptor, ReadOnlySpan<byte> address);

    int Listen(int descriptor);

    /// <summary>Gives the descriptor; the peer's address and its length.</summary>
    int Accept(int descriptor, Span<byte> address, out int length);

    int Connect(int descriptor, ReadOnlySpan<byte> address);

    int Receive(int descriptor, Span<byte> target);

    int Send(int descriptor, ReadOnlySpan<byte> bytes);

    int Shutdown(int descriptor);

    int Close(int descriptor);

    int SetOption(int descriptor, int level, int name, ReadOnlySpan<byte> value);

    int GetOption(int descriptor, int level, int name, Span<byte> value);

    /// <summary>Gives the address's length.</summary>
    int GetLocalAddress(int descriptor, Span<byte> address);

    int CreateEpoll();

    int CreateEvent();

    /// <summary>Watches a descriptor for everything, edge-triggered.</summary>
    int Watch(int epoll, int descriptor, ulong data);

    /// <summary>What has happened; never waits.</summary>
    int Wait(int epoll, Span<EpollEvent> events);
}
