using System.Net.Sockets;
using System.Threading.Channels;

namespace Lateen.Local.Platform;

/// <summary>
/// Makes sockets in other network namespaces. A socket belongs to the namespace of the thread that made it, so one
/// thread of its own visits the namespaces; the sockets are then used anywhere.
/// </summary>
internal sealed class NamespaceSockets : IDisposable
{
    private readonly Channel<(string Path, TaskCompletionSource<Socket> Made)> _requests =
        Channel.CreateBounded<(string, TaskCompletionSource<Socket>)>(1024);

    public NamespaceSockets()
    {
        new Thread(Run) { Name = "namespace-sockets", IsBackground = true }.Start();
    }

    /// <summary>A TCP socket over IPv4 in the namespace of a path such as <c>/proc/7/ns/net</c>.</summary>
    /// <exception cref="IOException">The namespace is gone.</exception>
    public async Task<Socket> CreateAsync(string path, CancellationToken cancel)
    {
        var made = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _requests.Writer.WriteAsync((path, made), cancel).ConfigureAwait(false);
        return await made.Task.ConfigureAwait(false);
    }

    public void Dispose() => _requests.Writer.TryComplete();

    private void Run()
    {
        var reader = _requests.Reader;
        while (reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (reader.TryRead(out var request))
            {
                Serve(request.Path, request.Made);
            }
        }
    }

    private static void Serve(string path, TaskCompletionSource<Socket> made)
    {
        try
        {
            using var ns = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            var error = SystemCalls.EnterNetworkNamespace(ns);
            if (error != 0)
            {
                made.SetException(new IOException($"cannot enter {path}: error {error}"));
                return;
            }

            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.NoDelay = true;
            made.SetResult(socket);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            made.SetException(new IOException($"cannot enter {path}: {e.Message}", e));
        }
    }
}
