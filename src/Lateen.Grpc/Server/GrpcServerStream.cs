using System.Runtime.CompilerServices;
using Lateen.Grpc.Wire;
using Microsoft.AspNetCore.Http;

namespace Lateen.Grpc.Server;

/// <summary>
/// Both directions of a streaming call on the server. One reader and one writer at a time; the two may be different
/// threads.
/// </summary>
public sealed class GrpcServerStream<TRequest, TResponse> : GrpcServerCall
{
    private readonly GrpcMethod<TRequest, TResponse> _method;
    private readonly MessageReader _reader;

    internal GrpcServerStream(
        HttpContext http,
        GrpcMethod<TRequest, TResponse> method,
        int messageBytesMax,
        DateTimeOffset? deadline,
        CancellationToken cancellation)
        : base(http, deadline, cancellation)
    {
        _method = method;
        _reader = new MessageReader(http.Request.Body, messageBytesMax, http.Request.Headers[GrpcHeaders.Encoding]);
        Current = default!;
    }

    /// <summary>The message that <see cref="MoveNextAsync"/> read last.</summary>
    public TRequest Current { get; private set; }

    /// <summary>Waits for the next message; false when the client has finished sending.</summary>
    public ValueTask<bool> MoveNextAsync() => WaitNextAsync(Cancellation);

    /// <summary>
    /// As <see cref="MoveNextAsync"/>, until a token is cancelled, which must come with the call's, too. For handlers
    /// that may end while they wait: they cancel and await this first, as the server uses the request's stream again.
    /// </summary>
    public async ValueTask<bool> WaitNextAsync(CancellationToken until)
    {
        if (!await _reader.ReadAsync(until))
        {
            Current = default!;
            return false;
        }

        Current = _method.RequestCodec.Read(_reader.Current);
        return true;
    }

    /// <summary>All messages until the client has finished sending.</summary>
    public async IAsyncEnumerable<TRequest> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation =
        default)
    {
        while (await MoveNextAsync())
        {
            cancellation.ThrowIfCancellationRequested();
            yield return Current;
        }
    }

    /// <summary>Sends a message; completes when the client's flow control has room for more.</summary>
    public ValueTask WriteAsync(TResponse message)
    {
        CopyResponseHeaders();
        return MessageWriter.WriteAsync(Http.Response.BodyWriter, _method.ResponseCodec, message, Cancellation);
    }
}
