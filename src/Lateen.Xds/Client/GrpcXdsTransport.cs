using Lateen.Grpc;
using Lateen.Grpc.Client;

namespace Lateen.Xds.Client;

/// <summary>The transport over a gRPC channel.</summary>
/// <param name="channel">The channel; stays the caller's.</param>
/// <param name="headers">Metadata of every new stream (a bearer token); null for none.</param>
public sealed class GrpcXdsTransport(GrpcChannel channel, Func<GrpcMetadata>? headers = null) : IXdsTransport
{
    /// <inheritdoc/>
    public ValueTask<IXdsByteStream> OpenAsync(string methodPath, CancellationToken cancellation)
    {
        var parts = methodPath.Split('/');
        var method = new GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(
            parts[1], parts[2], GrpcCodec.BorrowedBytes, GrpcCodec.BorrowedBytes);
        var options = headers is null ? GrpcCallOptions.Default : new GrpcCallOptions { Headers = headers() };
        return ValueTask.FromResult<IXdsByteStream>(new ByteStream(channel.Open(method, options, cancellation)));
    }

    private sealed class ByteStream(GrpcCall<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> call) : IXdsByteStream
    {
        public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation) =>
            call.WriteAsync(message);

        public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellation) =>
            await call.MoveNextAsync() ? call.Current : null;

        public ValueTask DisposeAsync() => call.DisposeAsync();
    }
}
