using System.Net;
using System.Net.Sockets;
using Lateen.Local.Network;

namespace Lateen.Local.Loopback;

/// <summary>Ports of 127.0.0.1 for the pods' programs, outside of what the kernel gives to callers (32768 and
/// above).</summary>
internal sealed class ProgramPortPool
{
    private const int First = 20_000;
    private const int Last = 29_999;
    private readonly AddressPool _numbers = new(First, Last);

    /// <summary>A port that is free on all addresses now, the same for the same name if possible.</summary>
    /// <exception cref="LocalException">None is free.</exception>
    public int Take(string name)
    {
        for (var attempt = 0; attempt <= Last - First; attempt++)
        {
            // Further attempts have further names, so that the taken number stays taken.
            var port = _numbers.Take(attempt == 0 ? name : $"{name}#{attempt}");
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new LocalException($"no port from {First} to {Last} is free");
    }

    /// <summary>Gives a name's port back.</summary>
    public void Release(string name) => _numbers.Release(name);

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
