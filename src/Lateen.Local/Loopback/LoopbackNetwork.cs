using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Lateen.Local.Loopback;

/// <summary>
/// The part of the machine's loopback that is this mesh's: <c>127.NUMBER.0.0/16</c>, held by a listening socket, so
/// that another mesh takes another part.
/// </summary>
internal sealed class LoopbackNetwork : IDisposable
{
    private const int First = 64;
    private const int Count = 63;
    private const int ClaimPort = 15099;
    private readonly Socket _claim;

    private LoopbackNetwork(int number, Socket claim)
    {
        Number = number;
        _claim = claim;
    }

    /// <summary>From 64 to 126.</summary>
    public int Number { get; }

    /// <summary>Takes the part that a name leads to, else the next free one.</summary>
    /// <exception cref="LocalException">All are taken.</exception>
    public static LoopbackNetwork Claim(string name)
    {
        var start = SHA256.HashData(Encoding.UTF8.GetBytes(name))[0];
        for (var i = 0; i < Count; i++)
        {
            var number = First + ((start + i) % Count);
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(new IPAddress([127, (byte)number, 0, 1]), ClaimPort));
                socket.Listen(1);
                return new LoopbackNetwork(number, socket);
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }

        throw new LocalException($"all {Count} parts of the machine's loopback are taken by other meshes");
    }

    public void Dispose() => _claim.Dispose();
}
