using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>Connections that have no kernel socket: both ends are in this process, on one loop.</content>
public sealed unsafe partial class Connection
{
    /// <summary>Whether both ends are in this process, without a kernel socket.</summary>
    public bool IsInternal => User is not null;

    /// <summary>The other end of an internal connection has closed both directions at once. A kernel's socket tells
    /// only of the one that it reads.</summary>
    public bool IsCutOff => User is { IsCutOff: true };

    /// <summary>What the end that connected hands to the one that accepts; null: nothing.</summary>
    public object? Handover => _extras?.Handover;

    /// <summary>
    /// Begins a connection within the process. Who accepts is called in a later turn, before this end is connected;
    /// where there is nobody, the attempt fails as one to a closed port does.
    /// </summary>
    /// <param name="loop">The loop of both ends.</param>
    /// <param name="callbacks">Who owns the connecting end.</param>
    /// <param name="address">What is connected to; the accepting end's local address.</param>
    /// <param name="source">The connecting end's address.</param>
    /// <param name="acceptor">Takes the other end; null: nobody listens.</param>
    /// <param name="bufferBytesMax">Bytes on the way in each direction.</param>
    /// <param name="handover">For <see cref="Handover"/> of both ends.</param>
    public static Connection ConnectInternal(
        EventLoop loop, IConnectionCallbacks callbacks, in NetAddress address, in NetAddress source,
        IAcceptCallbacks? acceptor, int bufferBytesMax, object? handover)
    {
        ArgumentNullException.ThrowIfNull(loop);
        var client = new Connection(loop, callbacks, -1, ConnectionState.Connecting)
        {
            RemoteAddress = address,
            LocalAddress = source,
            _lastReadFull = true,
        };
        var socket = client.Extras.User = new UserSocket(client, bufferBytesMax);
        if (acceptor is not null)
        {
            var server = new Connection(loop, NoCallbacks.Instance, -1, ConnectionState.Open)
            {
                LocalAddress = address,
                RemoteAddress = source,
                _lastReadFull = true,
                _writable = true,
            };
            var other = server.Extras.User = new UserSocket(server, bufferBytesMax);
            server.Extras.Handover = handover;
            client.Extras.Handover = handover;
            socket.Join(other, acceptor);
            loop.Defer(server);
        }

        loop.Defer(client);
        return client;
    }

    /// <summary>What the other end has done since the last turn. False when there is nothing more to do now.</summary>
    private bool OnUserEvents()
    {
        var user = User!;
        user.TakeAcceptor()?.OnAccept(this);
        if (State == ConnectionState.Closed)
        {
            return false;
        }

        var events = user.TakeEvents();
        if (State == ConnectionState.Connecting)
        {
            _readable |= (events & Libc.EpollIn) != 0;
            FinishConnect();
            return false;
        }

        if (events != 0)
        {
            TakeEvents(events);
        }

        return State != ConnectionState.Closed;
    }

    private void SendToPeer(BufferChain chain, bool payload)
    {
        if (chain.IsEmpty)
        {
            return;
        }

        var n = User!.Send(chain);
        if (n < 0)
        {
            OnSendFailed();
            return;
        }

        BytesSent += payload ? n : 0;
        _writable = chain.IsEmpty;
    }
}
