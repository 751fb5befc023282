namespace Lateen.Proxy.Tapping;

/// <summary>Writes traces into a file each, one after the other, away from the workers. What comes while too much waits
/// is dropped.</summary>
internal sealed class TapFileWriter(string pathPrefix) : TapSink
{
    private const long PendingBytesMax = 64 * 1024 * 1024;

    private readonly Queue<(string Path, byte[] Bytes)> _pending = new();
    private readonly Lock _lock = new();
    private long _pendingBytes;
    private bool _isWriting;

    /// <summary>Appends to the file of a trace. Thread: any.</summary>
    public override void Append(ulong id, TapFormat format, byte[] bytes)
    {
        var ending = format switch
        {
            TapFormat.ProtoBinary => "pb",
            TapFormat.ProtoBinaryLengthDelimited => "pb_length_delimited",
            TapFormat.ProtoText => "pb_text",
            _ => "json",
        };
        lock (_lock)
        {
            if (_pendingBytes + bytes.Length > PendingBytesMax)
            {
                return;
            }
            _pendingBytes += bytes.Length;
            _pending.Enqueue(($"{pathPrefix}_{id}.{ending}", bytes));
            if (_isWriting)
            {
                return;
            }
            _isWriting = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(static writer => writer.WriteAll(), this, false);
    }

    private void WriteAll()
    {
        while (true)
        {
            (string Path, byte[] Bytes) next;
            lock (_lock)
            {
                if (!_pending.TryDequeue(out next))
                {
                    _isWriting = false;
                    return;
                }
                _pendingBytes -= next.Bytes.Length;
            }
            try
            {
                using var file = new FileStream(next.Path, FileMode.Append, FileAccess.Write, FileShare.Read, 1);
                file.Write(next.Bytes);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A trace is lost; requests must not be.
            }
        }
    }
}
