using System.Net.Sockets;
using System.Text;

namespace Lateen.Local.Hosting;

/// <summary>Gives commands to a mesh on this machine through its control socket.</summary>
public sealed class MeshControl(string controlSocket)
{
    /// <summary>A connection to an address in the mesh's network, as the node sees it.</summary>
    /// <exception cref="IOException">Nobody listens there, or the mesh is gone.</exception>
    public Task<Socket> DialAsync(string target, CancellationToken cancel) => CommandAsync($"dial {target}", cancel);

    /// <summary>A connection made from inside a pod; its own loopback too.</summary>
    /// <exception cref="IOException">There is no such pod, or nobody listens.</exception>
    public Task<Socket> DialFromAsync(string pod, string target, CancellationToken cancel) =>
        CommandAsync($"dial-from {pod} {target}", cancel);

    /// <summary>Ends a container's program as a crash would.</summary>
    /// <exception cref="IOException">There is no such pod or container.</exception>
    public async Task KillAsync(string pod, string container, CancellationToken cancel)
    {
        using var socket = await CommandAsync($"kill {pod} {container}", cancel).ConfigureAwait(false);
    }

    private async Task<Socket> CommandAsync(string line, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(controlSocket), cancel).ConfigureAwait(false);
            await socket.SendAsync(Encoding.UTF8.GetBytes(line + "\n"), cancel).ConfigureAwait(false);
            var answer = await ControlServer.ReadLineAsync(socket).ConfigureAwait(false);
            return answer == "ok" ? socket : throw new IOException(answer ?? "the mesh closed the connection");
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"the mesh does not answer: {e.Message}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
