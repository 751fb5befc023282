using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Platform;

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
                return await GetAsync(get, Port(get.Port, container), pod, either.Token).ConfigureAwait(false);
            }

            if (probe.TcpSocket is { } tcp)
            {
                using var socket = await ConnectAsync(pod, Port(tcp.Port, container), either.Token)
                    .ConfigureAwait(false);
                return null;
            }

            if (probe.Exec is { } exec)
            {
                return await ExecAsync(exec, pod).ConfigureAwait(false);
            }

            using var grpc = await ConnectAsync(pod, probe.Grpc?.Port ?? 0, either.Token).ConfigureAwait(false);
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
        var holder = pod.HolderProcess.ToString(CultureInfo.InvariantCulture);
        var well = await Task.Run(() => Tool.Try("nsenter",
            ["--target", holder, "--net", "--mount", "--uts", "--", .. exec.Command])).ConfigureAwait(false);
        return well ? null : "the command failed";
    }

    private static async Task<string?> GetAsync(Probe.Types.HttpGet get, int port, LocalPod pod,
        CancellationToken cancel)
    {
        using var socket = await ConnectAsync(pod, port, cancel).ConfigureAwait(false);
        var path = get.Path.Length > 0 ? get.Path : "/";
        var host = get.Host.Length > 0 ? get.Host : $"{pod.Address}:{port.ToString(CultureInfo.InvariantCulture)}";
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

    private static async Task<Socket> ConnectAsync(LocalPod pod, int port, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(pod.Address), port), cancel).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

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
