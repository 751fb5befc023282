using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Lateen.Proxy.Admin;

/// <summary>
/// An answer of the admin port that goes on until its maker ends it or the client leaves. What a slow client does not
/// take is dropped beyond 16 MiB.
/// </summary>
internal sealed class AdminStream(Action detach)
{
    private const long PendingBytesMax = 16 * 1024 * 1024;
    private const int ReceivedBytesMax = 64 * 1024;

    private readonly Queue<byte[]> _pending = new();
    private readonly Lock _lock = new();
    private Socket? _socket;
    private long _pendingBytes;
    private bool _isChunked;
    private bool _isWriting;
    private bool _isEnded;
    private bool _isDetached;

    /// <summary>Sends bytes. Thread: any; does not wait.</summary>
    public void Write(byte[] bytes)
    {
        if (bytes.Length > 0)
        {
            Enqueue(bytes, false);
        }
    }

    /// <summary>The answer is whole. Thread: any.</summary>
    public void End()
    {
        Enqueue([], true);
        Detach();
    }

    /// <summary>
    /// Lets the bytes go out and waits for the answer's end or the client's. Gives what came after the answer, or null
    /// when the connection is over. Thread: the connection's.
    /// </summary>
    public byte[]? Run(Socket socket, bool isChunked)
    {
        socket.ReceiveTimeout = 0;
        _isChunked = isChunked;
        lock (_lock)
        {
            _socket = socket;
            StartWriting();
        }
        var received = new List<byte>();
        try
        {
            var buffer = new byte[4096];
            while (received.Count < ReceivedBytesMax)
            {
                var count = socket.Receive(buffer);
                if (count == 0)
                {
                    return null;
                }
                received.AddRange(buffer.AsSpan(0, count));
                lock (_lock)
                {
                    if (_isEnded && !_isWriting && isChunked)
                    {
                        return [.. received];
                    }
                }
            }
            return null;
        }
        finally
        {
            Detach();
        }
    }

    private void Enqueue(byte[] bytes, bool isEnd)
    {
        lock (_lock)
        {
            if (_isEnded || _pendingBytes + bytes.Length > PendingBytesMax)
            {
                return;
            }
            _isEnded = isEnd;
            _pendingBytes += bytes.Length;
            _pending.Enqueue(bytes);
            StartWriting();
        }
    }

    private void StartWriting()
    {
        if (_socket is not null && !_isWriting && _pending.Count > 0)
        {
            _isWriting = true;
            ThreadPool.UnsafeQueueUserWorkItem(static stream => stream.WriteAll(), this, false);
        }
    }

    private void WriteAll()
    {
        try
        {
            while (true)
            {
                byte[] next;
                lock (_lock)
                {
                    if (!_pending.TryDequeue(out next!))
                    {
                        _isWriting = false;
                        return;
                    }
                    _pendingBytes -= next.Length;
                }
                WriteOne(next);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client left or takes nothing: the connection's thread learns of it.
            _socket!.Dispose();
        }
    }

    private void WriteOne(byte[] bytes)
    {
        var framed = bytes;
        if (_isChunked)
        {
            var head = bytes.Length.ToString("x", CultureInfo.InvariantCulture);
            framed = [.. Encoding.ASCII.GetBytes($"{head}\r\n"), .. bytes, (byte)'\r', (byte)'\n'];
        }
        for (var at = 0; at < framed.Length;)
        {
            at += _socket!.Send(framed.AsSpan(at), SocketFlags.None);
        }
        if (bytes.Length == 0 && !_isChunked)
        {
            _socket!.Shutdown(SocketShutdown.Both);
        }
    }

    private void Detach()
    {
        lock (_lock)
        {
            if (_isDetached)
            {
                return;
            }
            _isDetached = true;
        }
        detach();
    }
}
