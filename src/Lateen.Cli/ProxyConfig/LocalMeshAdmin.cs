using System.Net.Sockets;
using Lateen.Local.Hosting;

namespace Lateen.Cli.ProxyConfig;

/// <summary>
/// Pods of a mesh on this machine: connections are made from inside the pod through the mesh's control socket. Names
/// that no mesh knows go on to the next.
/// </summary>
internal sealed class LocalMeshAdmin(IReadOnlyList<MeshStatus> meshes, IProxyAdmin next) : IProxyAdmin
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);

    /// <summary>All meshes of this user, and addresses.</summary>
    internal static LocalMeshAdmin Default { get; } =
        new(LocalMeshes.Find(LocalMeshes.DefaultRoot), new AddressAdmin());

    public async Task<string> AskAsync(string pod, string method, string path, int adminPort)
    {
        foreach (var mesh in meshes)
        {
            if (LocalMeshes.FindPod(mesh, pod) is { } found)
            {
                return await AskAsync(mesh, $"{found.Namespace}/{found.Name}", method, path, adminPort);
            }
        }

        return await next.AskAsync(pod, method, path, adminPort);
    }

    private static async Task<string> AskAsync(
        MeshStatus mesh, string pod, string method, string path, int port)
    {
        var control = new MeshControl(mesh.ControlSocket);
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = await control.DialFromAsync(pod, $"127.0.0.1:{port}", cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler) { Timeout = _timeout };
        try
        {
            using var request =
                new HttpRequestMessage(new HttpMethod(method), new Uri($"http://127.0.0.1:{port}{path}"));
            using var response = await http.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            return response.IsSuccessStatusCode
                ? body
                : throw new DumpException($"pod {pod} answered {(int)response.StatusCode} to {path}: {body.Trim()}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            throw new DumpException($"pod {pod} does not answer on port {port}: {e.Message}");
        }
    }
}
