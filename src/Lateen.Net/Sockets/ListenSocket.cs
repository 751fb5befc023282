using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>Accepts connections for one worker and hands each to <see cref="IAcceptCallbacks"/>. On the loop's
/// thread.</summary>
public sealed class ListenSocket : EventSource, ITimerTarget, IDisposable
{
    /// <summary>Connections taken per turn before others get theirs.</summary>
    private const int AcceptsPerTurnMax = 64;

    /// <summary>Pause after the process ran out of descriptors, in milliseconds.</summary>
    private const int OutOfDescriptorsPauseMillis = 100;

    private readonly EventLoop _loop;
    private readonly IAcceptCallbacks _callbacks;
    private readonly LoopTimer _pause;
    private readonly bool _specificAddress;
    private int _descriptor;
    private bool _isPaused;
    private SharedAddress _local;

    /// <summary>Binds and listens; accepting begins with <see cref="Start"/>.</summary>
    /// <exception cref="NetworkException">The address cannot be had.</exception>
    public ListenSocket(EventLoop loop, IAcceptCallbacks callbacks, in NetAddress address, SocketOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _loop = loop;
        _callbacks = callbacks;
        if (address.Family == NetFamily.Unix && address.Path is { Length: > 0 } path && path[0] != '@')
        {
            _ = Libc.Unlink(path);
        }

        _descriptor = SocketCalls.Listen(address, options);
        LocalAddress = address.IsIp ? SocketCalls.LocalAddress(_descriptor) : address;
        _specificAddress = !LocalAddress.IsAny && !options.Transparent;
        _local = new SharedAddress(LocalAddress);
        _pause = new LoopTimer(loop.Timers, this);
    }

    /// <summary>Who takes the connections.</summary>
    public IAcceptCallbacks Callbacks => _callbacks;

    /// <summary>The address bound to, with the port that the kernel chose for port 0.</summary>
    public NetAddress LocalAddress { get; }

    /// <summary>Starts accepting.</summary>
    public void Start() => _loop.Register(this, _descriptor);

    /// <summary>Stops listening; connections in the accept queue are reset by the kernel.</summary>
    public void Dispose()
    {
        if (_descriptor < 0)
        {
            return;
        }

        _pause.Remove();
        _loop.Unregister(this);
        Kernel.Close(_descriptor);
        _descriptor = -1;
    }

    /// <summary>Leaves connections in the kernel's queue, or takes them again. On the loop's thread.</summary>
    public void Pause(bool paused)
    {
        _isPaused = paused;
        if (!paused)
        {
            _loop.Defer(this);
        }
    }

    void ITimerTarget.OnTimer(LoopTimer timer) => Accept();

    /// <inheritdoc/>
    protected internal override void OnEvents(uint events) => Accept();

    /// <inheritdoc/>
    protected internal override void OnDeferred() => Accept();

    private void Accept()
    {
        for (var i = 0; _descriptor >= 0 && !_isPaused; i++)
        {
            if (i == AcceptsPerTurnMax)
            {
                _loop.Defer(this);
                return;
            }

            var fd = SocketCalls.Accept(_descriptor, out var peer, out var error);
            if (fd < 0)
            {
                if (error is Libc.Emfile or Libc.Enfile)
                {
                    _pause.Start(OutOfDescriptorsPauseMillis);
                    return;
                }

                if (error is Libc.Econnaborted or Libc.Eintr)
                {
                    continue;
                }

                return;
            }

            if (!_callbacks.TryPass(fd, peer))
            {
                TakeConnection(fd, peer);
            }

            _loop.Flush();
        }
    }

    /// <summary>Most connections to a wildcard come in by the same address as the one before.</summary>
    private SharedAddress Share(in NetAddress local) =>
        _local.Value == local ? _local : _local = new SharedAddress(local);

    private void TakeConnection(int fd, in NetAddress peer)
    {
        if (peer.IsIp)
        {
            SocketCalls.SetNoDelay(fd);
        }

        var connection = new Connection(_loop, NoCallbacks.Instance, fd, ConnectionState.Open)
        {
            RemoteAddress = peer,
        };
        connection.SetLocalAddress(_specificAddress ? _local : Share(SocketCalls.LocalAddress(fd)));
        if (!connection.TryRegister())
        {
            connection.Close(CloseType.NoFlush);
            return;
        }

        _callbacks.OnAccept(connection);
    }
}
