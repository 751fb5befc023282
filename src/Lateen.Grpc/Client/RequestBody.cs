using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Lateen.Grpc.Wire;

namespace Lateen.Grpc.Client;

/// <summary>
/// A request body that stays open: the HTTP layer hands over its stream, which the call writes to until it is complete.
/// </summary>
internal sealed class RequestBody : HttpContent
{
    private readonly TaskCompletionSource<PipeWriter> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal RequestBody() => Headers.ContentType = new MediaTypeHeaderValue(GrpcHeaders.ContentType);

    /// <summary>The writer, once the HTTP layer has a connection; fails when the call ended before.</summary>
    internal Task<PipeWriter> OpenedAsync() => _opened.Task;

    /// <summary>Ends the body.</summary>
    internal void Complete() => _completed.TrySetResult();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            // The headers must leave before the first message: a server may speak first.
            await stream.FlushAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The server ended the call already; who waits to write is told.
            _opened.TrySetException(new IOException("the call ended before its first message", e));
            _ = _opened.Task.Exception;
            throw;
        }

        _opened.TrySetResult(PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)));
        await _completed.Task.WaitAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
