using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>Becoming connected: an upstream's addresses one after the other, and what comes before all
/// else.</content>
public sealed unsafe partial class Connection
{
    /// <summary>
    /// Begins a connection to an upstream. Failure, also an immediate one, comes as
    /// <see cref="IConnectionCallbacks.OnClosed"/> in a later turn or event, never inside this call.
    /// </summary>
    public static Connection Connect(
        EventLoop loop, IConnectionCallbacks callbacks, in NetAddress address, in NetAddress source,
            SocketOptions options)
    {
        ArgumentNullException.ThrowIfNull(loop);
        var descriptor = SocketCalls.Connect(address, source, options, out var error);
        var connection =
            new Connection(loop, callbacks, descriptor, ConnectionState.Connecting) { RemoteAddress = address };
        if (descriptor < 0 || !connection.TryRegister())
        {
            connection.SocketError = error;
            loop.Defer(connection);
        }

        return connection;
    }

    /// <summary>Takes over a connection that another loop has accepted. On the loop's thread.</summary>
    /// <returns>Null when it cannot be registered; then it is closed.</returns>
    public static Connection? TryAdopt(EventLoop loop, int descriptor, in NetAddress peer)
    {
        ArgumentNullException.ThrowIfNull(loop);
        if (peer.IsIp)
        {
            SocketCalls.SetNoDelay(descriptor);
        }

        var connection = new Connection(loop, NoCallbacks.Instance, descriptor, ConnectionState.Open)
        {
            RemoteAddress = peer,
            LocalAddress = SocketCalls.LocalAddress(descriptor),
        };
        if (connection.TryRegister())
        {
            return connection;
        }

        connection.Close(CloseType.NoFlush);
        return null;
    }

    private void FinishConnect()
    {
        var error = User is null ? SocketCalls.TakeError(_descriptor) : User.ConnectError;
        if (error != 0)
        {
            SocketError = error;
            if (!TryNextAddress())
            {
                Finish(CloseReason.ConnectFailed);
            }

            return;
        }

        _writable = true;
        if (Preamble is not null && !TrySendPreamble(Preamble))
        {
            Finish(CloseReason.ConnectFailed);
            return;
        }

        if (User is null)
        {
            LocalAddress = SocketCalls.LocalAddress(_descriptor);
        }

        if (_extras?.FailureOnceConnected is { } failure)
        {
            TransportFailure = failure;
            Finish(CloseReason.TlsFailed);
            return;
        }

        if (Tls is not null)
        {
            State = ConnectionState.Handshaking;
            AdvanceHandshake();
        }
        else
        {
            State = ConnectionState.Open;
            SendPending();
            _callbacks.OnConnected(this);
        }

        Read();
    }

    /// <summary>Begins anew with the next address; false when there is none or it fails at once.</summary>
    private bool TryNextAddress()
    {
        while (MoreAddresses.Length > 0)
        {
            var next = MoreAddresses[0];
            MoreAddresses = MoreAddresses[1..];
            Extras.RepeatedAttempts++;
            _loop.Unregister(this);
            Kernel.Close(_descriptor);
            _descriptor = SocketCalls.Connect(next, default, SocketOptions.Default, out var error);
            RemoteAddress = next;
            if (_descriptor >= 0 && TryRegister())
            {
                _readable = _writable = _peerEnded = false;
                return true;
            }

            SocketError = error;
        }

        return false;
    }

    private bool TrySendPreamble(byte[] bytes)
    {
        BytesSent += bytes.Length;
        if (User is not null)
        {
            return User.TrySend(bytes);
        }

        fixed (byte* start = bytes)
        {
            return Kernel.Write(_descriptor, start, bytes.Length) == bytes.Length;
        }
    }
}
