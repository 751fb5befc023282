namespace Lateen.Xds.Client;

/// <summary>A stream of whole encoded messages. One reader and one writer at a time. Dispose cancels it.</summary>
public interface IXdsByteStream : IAsyncDisposable
{
    /// <summary>Sends a message; completes when there is room for more.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation);

    /// <summary>The next message, valid until the next read; null when the other side ended the stream.</summary>
    ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellation);
}
