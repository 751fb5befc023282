using System.Net;
using System.Net.Sockets;
using System.Text;
using Lateen.Local.Platform;
using Lateen.Local.Pods;

namespace Lateen.Local.Hosting;

/// <summary>
/// Takes commands on a unix socket, which reaches across network namespaces. One line each:
/// <c>dial ADDRESS:PORT</c> and <c>dial-from NAMESPACE/POD ADDRESS:PORT</c> turn the connection into one to there (the
/// second from inside a pod, so that its loopback can be reached); <c>kill NAMESPACE/POD CONTAINER</c> ends a
/// container's program. The answer is <c>ok</c> or <c>error WHY</c>.
/// </summary>
internal sealed class ControlServer(string path, Func<string, PodRunner?> findPod, INodePlatform platform)
{
    private const int LineBytesMax = 1024;

    public void Start(CancellationToken stop)
    {
        File.Delete(path);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen(512);
        _ = AcceptAsync(listener, stop);
    }

    private async Task AcceptAsync(Socket listener, CancellationToken stop)
    {
        using var owned = listener;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await listener.AcceptAsync(stop).ConfigureAwait(false));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The end, or a caller that left at once.
            }
        }
    }

    private async Task ServeAsync(Socket caller)
    {
        using var owned = caller;
        try
        {
            var line = await ReadLineAsync(caller).ConfigureAwait(false);
            switch (line?.Split(' '))
            {
                case ["dial", var target]:
                    await DialAsync(caller, null, target).ConfigureAwait(false);
                    break;
                case ["dial-from", var pod, var target] when findPod(pod) is { Pod.Sandbox: not null } runner:
                    await DialAsync(caller, runner.Pod, target).ConfigureAwait(false);
                    break;
                case ["kill", var pod, var container] when findPod(pod)?.Kill(container) == true:
                    await AnswerAsync(caller, "ok").ConfigureAwait(false);
                    break;
                default:
                    await AnswerAsync(caller, $"error no such command or pod: {line}").ConfigureAwait(false);
                    break;
            }
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // The caller went away.
        }
    }

    private async Task DialAsync(Socket caller, LocalPod? from, string target)
    {
        Socket socket;
        try
        {
            socket = await platform.ConnectAsync(from, IPEndPoint.Parse(target)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or FormatException or IOException)
        {
            await AnswerAsync(caller, $"error {e.Message}").ConfigureAwait(false);
            return;
        }

        using var owned = socket;
        await AnswerAsync(caller, "ok").ConfigureAwait(false);
        await Relay.RunAsync(caller, socket).ConfigureAwait(false);
    }

    private static async Task AnswerAsync(Socket caller, string line) =>
        await caller.SendAsync(Encoding.UTF8.GetBytes(line.ReplaceLineEndings(" ") + "\n")).ConfigureAwait(false);

    /// <summary>Byte by byte, since what follows the line belongs to the connection.</summary>
    internal static async Task<string?> ReadLineAsync(Socket socket)
    {
        var buffer = new byte[LineBytesMax];
        for (var have = 0; have < buffer.Length; have++)
        {
            if (await socket.ReceiveAsync(buffer.AsMemory(have, 1)).ConfigureAwait(false) == 0)
            {
                return null;
            }

            if (buffer[have] == (byte)'\n')
            {
                return Encoding.UTF8.GetString(buffer, 0, have);
            }
        }

        return null;
    }
}
