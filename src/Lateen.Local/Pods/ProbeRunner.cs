using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Lateen.Kubernetes.Objects;

namespace Lateen.Local.Pods;

/// <summary>Asks a container how it is, as the kubelet does: from the node, over the network.</summary>
internal sealed class ProbeRunner(TimeProvider clock)
{
    /// <summary>Null when it is well; else what was wrong.</summary>
    public async Task<string?> RunAsync(Probe probe, Container container, LocalPod pod, CancellationToken cancel)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(Math.Max(1, probe.TimeoutSeconds)), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancel);
        try
        {
            if (probe.HttpGet is { } get)
            {
                return await GetAsync(get, Target(pod, container, Port(get.Port, container)), either.Token)
                    .ConfigureAwait(false);
            }

            if (probe.TcpSocket is { } tcp)
            {
                using var socket = await ConnectAsync(Target(pod, container, Port(tcp.Port, container)), either.Token)
                    .ConfigureAwait(false);
                return null;
            }

            if (probe.Exec is { } exec)
            {
                return await ExecAsync(exec, pod).ConfigureAwait(false);
            }

            using var grpc = await ConnectAsync(
                Target(pod, container, probe.Grpc?.Port ?? 0), either.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException)
        {
            return "no answer in time";
        }
        catch (SocketException e)
        {
            return e.Message;
        }
    }

    private static async Task<string?> ExecAsync(Probe.Types.Exec exec, LocalPod pod)
    {
        var well = await Task.Run(() => pod.Sandbox?.Run(exec.Command) == true).ConfigureAwait(false);
        return well ? null : "the command failed";
    }

    private static async Task<string?> GetAsync(
        Probe.Types.HttpGet get, IPEndPoint target, CancellationToken cancel)
    {
        using var socket = await ConnectAsync(target, cancel).ConfigureAwait(false);
        var path = get.Path.Length > 0 ? get.Path : "/";
        var host = get.Host.Length > 0 ? get.Host : $"{target}";
        var headers = string.Concat(get.HttpHeaders.Select(h => $"{h.Name}: {h.Value}\r\n"));
        var request =
            $"GET {path} HTTP/1.1\r\nhost: {host}\r\nuser-agent: kube-probe/lateen\r\n"
            + $"{headers}connection: close\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), cancel).ConfigureAwait(false);
        var buffer = new byte[256];
        var have = 0;
        while (have < buffer.Length && !buffer.AsSpan(0, have).Contains((byte)'\n'))
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(have), cancel).ConfigureAwait(false);
            if (count == 0)
            {
                return "the connection was closed without an answer";
            }

            have += count;
        }

        var status = Encoding.ASCII.GetString(buffer, 0, have).Split(' ', 3);
        return status.Length > 1 && int.TryParse(status[1], out var code) && code is >= 200 and < 400
            ? null
            : $"HTTP {(status.Length > 1 ? status[1] : "without a status")}";
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint target, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(target, cancel).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Where a port of a container is asked: at the pod's address, or past its proxy where the program listens
    /// on the machine's own loopback.</summary>
    private static IPEndPoint Target(LocalPod pod, Container container, int port) =>
        container.Name != ContainerEnvironment.ProxyContainer
            && pod.Place.ProgramPorts.TryGetValue(port, out var own)
            ? new IPEndPoint(IPAddress.Loopback, own)
            : new IPEndPoint(IPAddress.Parse(pod.Address), pod.Place.Exposed(port));

    internal static int Port(Value? port, Container container)
    {
        if (port is { KindCase: Value.KindOneofCase.NumberValue })
        {
            return (int)port.NumberValue;
        }

        var name = port?.StringValue ?? "";
        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : container.Ports.FirstOrDefault(p => p.Name == name)?.ContainerPort_ ?? 0;
    }
}
