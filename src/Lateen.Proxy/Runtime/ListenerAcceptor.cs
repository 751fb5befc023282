using Lateen.Net;

namespace Lateen.Proxy.Runtime;

/// <summary>Between a socket, which is bound first, and its listener, which knows all sockets.</summary>
internal sealed class ListenerAcceptor : IAcceptCallbacks
{
    internal ActiveListener? Target { get; set; }

    public bool TryPass(int descriptor, in NetAddress peer) =>
        Target?.Balance is { } balance && balance.TryPass(Target, descriptor, peer);

    public void OnAccept(Connection connection)
    {
        if (Target is { } target)
        {
            target.OnAccept(connection);
        }
        else
        {
            connection.Close(CloseType.NoFlush);
        }
    }
}
