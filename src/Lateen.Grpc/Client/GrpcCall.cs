using System.Runtime.CompilerServices;
using Google.Protobuf;
using Lateen.Grpc.Wire;

namespace Lateen.Grpc.Client;

/// <summary>
/// A call under way on the client. One reader and one writer at a time; the two may be different threads. Every failure
/// is a
/// <see cref="GrpcException"/>; cancellation by the caller's token is an <see cref="OperationCanceledException"/>.
/// </summary>
public sealed class GrpcCall<TRequest, TResponse> : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly GrpcMethod<TRequest, TResponse> _method;
    private readonly GrpcCallOptions _options;
    private readonly CancellationToken _callerCancellation;
    private readonly CancellationTokenSource _stop;

    /// <summary>Its token, which stays usable when a write is still under way while the call is disposed of.</summary>
    private readonly CancellationToken _stopping;
    private readonly CancellationTokenSource? _deadline;
    private readonly RequestBody _body = new();
    private Task<HttpResponseMessage>? _response;
    private MessageReader? _reader;
    private bool _isDisposed;

    internal GrpcCall(
        GrpcChannel channel,
        GrpcMethod<TRequest, TResponse> method,
        GrpcCallOptions options,
        CancellationToken cancellation)
    {
        _channel = channel;
        _method = method;
        _options = options;
        _callerCancellation = cancellation;
        _deadline = options.Timeout is { } timeout ? new CancellationTokenSource(timeout, channel.Clock) : null;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _deadline?.Token ?? default);
        _stopping = _stop.Token;
        Current = default!;
    }

    /// <summary>The message that <see cref="MoveNextAsync"/> read last.</summary>
    public TResponse Current { get; private set; }

    /// <summary>The status with which the server ended the call; null until the last message was read.</summary>
    public GrpcStatus? Status { get; private set; }

    /// <summary>The trailing metadata; empty until the last message was read.</summary>
    public GrpcMetadata Trailers { get; private set; } = GrpcMetadata.Empty;

    /// <summary>Waits for the response headers.</summary>
    public async Task<GrpcMetadata> ReadHeadersAsync() => ResponseMetadata.Read((await ReceiveAsync()).Headers);

    /// <summary>Sends a message; completes when the server's flow control has room for more.</summary>
    public async ValueTask WriteAsync(TRequest message)
    {
        try
        {
            var opened = _body.OpenedAsync();
            if (!opened.IsCompleted)
            {
                // Without a connection the body is never asked for, nor need it be when the server ended the call on
                // seeing its headers: then the response says why.
                await Task.WhenAny(opened, _response!).WaitAsync(_stopping);
                if (!opened.IsCompleted && ResponseMetadata.HasStatus((await _response!).Headers))
                {
                    throw new IOException("the server ended the call before its first message");
                }
            }

            var body = await opened.WaitAsync(_stopping);
            await MessageWriter.WriteAsync(body, _method.RequestCodec, message, _stopping);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException
            or ObjectDisposedException or InvalidOperationException)
        {
            throw await FailWriteAsync(e);
        }
    }

    /// <summary>Tells the server that no more messages come.</summary>
    public void Complete() => _body.Complete();

    /// <summary>Waits for the next message; false when the server ended the call with OK.</summary>
    public async ValueTask<bool> MoveNextAsync()
    {
        if (Status is not null)
        {
            return Status.IsOk ? false : throw new GrpcException(Status, Trailers);
        }

        var response = await ReceiveAsync();
        try
        {
            _reader ??= new MessageReader(
                await response.Content.ReadAsStreamAsync(_stopping),
                _channel.MessageBytesMax,
                ResponseMetadata.Find(response.Headers, GrpcHeaders.Encoding));
            if (await _reader.ReadAsync(_stopping))
            {
                Current = _method.ResponseCodec.Read(_reader.Current);
                return true;
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException
            or InvalidProtocolBufferException)
        {
            throw Fail(e);
        }

        Current = default!;
        Finish(ResponseMetadata.ReadStatus(response), ResponseMetadata.ReadTrailers(response));
        return Status!.IsOk ? false : throw new GrpcException(Status, Trailers);
    }

    /// <summary>All messages until the end of the call.</summary>
    public async IAsyncEnumerable<TResponse> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation =
        default)
    {
        while (await MoveNextAsync())
        {
            cancellation.ThrowIfCancellationRequested();
            yield return Current;
        }
    }

    /// <summary>The only response of a unary or client-streaming call, its status checked.</summary>
    public async Task<TResponse> ReadSingleAsync()
    {
        if (!await MoveNextAsync())
        {
            throw new GrpcException(GrpcStatusCode.Unimplemented, "the response carries no message");
        }

        var response = Current;
        return await MoveNextAsync()
            ? throw new GrpcException(GrpcStatusCode.Unimplemented, "the response carries more than one message")
            : response;
    }

    /// <summary>Cancels the call unless it has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _stop.CancelAsync();
        _body.Complete();
        if (_response is { } response)
        {
            try
            {
                (await response).Dispose();
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
            {
                // The call failed before; who waited for it has been told.
            }
        }

        _stop.Dispose();
        _deadline?.Dispose();
        _body.Dispose();
    }

    internal void Start()
    {
        var request = _channel.BuildRequest(_method.Path);
        request.Content = _body;
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation(GrpcHeaders.AcceptEncoding, GrpcHeaders.AcceptedEncodings);
        if (_options.Timeout is { } timeout)
        {
            request.Headers.TryAddWithoutValidation(GrpcHeaders.Timeout, GrpcTimeout.Format(timeout));
        }

        foreach (var header in _options.Headers)
        {
            request.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        _response = _channel.SendAsync(request, _stopping);
    }

    internal async Task SendSingleAsync(TRequest request)
    {
        try
        {
            await WriteAsync(request);
        }
        catch (GrpcException) when (_response is { IsCompletedSuccessfully: true })
        {
            // The server answered before it had read the request: what it said comes with the read.
        }

        Complete();
    }

    private async Task<HttpResponseMessage> ReceiveAsync()
    {
        HttpResponseMessage response;
        try
        {
            response = await _response!;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            throw Fail(e);
        }

        if (ResponseMetadata.CheckHttp(response) is { } status)
        {
            Finish(status, ResponseMetadata.Read(response.Headers));
            throw new GrpcException(status, Trailers);
        }

        return response;
    }

    /// <summary>
    /// A write mostly fails because the server ended the call and reads no more: its status is the better reason, and
    /// what it sent stays to be read, so the failed write does not end the call.
    /// </summary>
    private async Task<Exception> FailWriteAsync(Exception error)
    {
        HttpResponseMessage response;
        try
        {
            response = await _response!.WaitAsync(_stopping);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            return Fail(e);
        }

        if (_stopping.IsCancellationRequested)
        {
            return Fail(error);
        }

        var status = Status
            ?? ResponseMetadata.CheckHttp(response)
            ?? (ResponseMetadata.HasStatus(response.Headers) ? ResponseMetadata.ReadStatus(response)
                : ConnectionStatus.Of(error));
        return new GrpcException(status, Trailers, error);
    }

    private Exception Fail(Exception error)
    {
        if (_deadline is { IsCancellationRequested: true })
        {
            Finish(new GrpcStatus(GrpcStatusCode.DeadlineExceeded, "the deadline passed"), GrpcMetadata.Empty);
        }
        else if (_callerCancellation.IsCancellationRequested)
        {
            Finish(new GrpcStatus(GrpcStatusCode.Cancelled, "cancelled by the caller"), GrpcMetadata.Empty);
            return new OperationCanceledException("cancelled by the caller", error, _callerCancellation);
        }
        else
        {
            Finish(ConnectionStatus.Of(error), GrpcMetadata.Empty);
        }

        return new GrpcException(Status!, Trailers, error);
    }

    private void Finish(GrpcStatus status, GrpcMetadata trailers)
    {
        Status ??= status;
        Trailers = trailers;
        _body.Complete();
    }
}
