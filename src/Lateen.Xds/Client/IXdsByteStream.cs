namespace Lateen.Xds.Client;

/// <summary>A stream of whole encoded messages. One reader and one writer at a time. Dispose cancels it.</summary>
public interface IXdsByteStream : IAsyncDisposable
{
    /// <summary>Sends a message; completes when there is room for more.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation);

    /// <summary>Sends messages one after the other, where the stream can do so at once.</summary>
    async ValueTask WriteAllAsync(IReadOnlyList<byte[]> messages, CancellationToken cancellation)
    {
        foreach (var message in messages)
        {
            await WriteAsync(message, cancellation);
        }
    }

    /// <summary>The next message, valid until the next read; null when the other side ended the stream.</summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellation);
}
