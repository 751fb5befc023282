using Lateen.Grpc;
using Lateen.Grpc.Client;

namespace Lateen.Agent.Secrets;

/// <summary>Calls over a channel of their own, where there is no proxy of ours in this process.</summary>
public sealed class ChannelTransport(ControlPlaneTarget target) : IUnaryTransport
{
    private GrpcChannel? _channel;

    /// <inheritdoc/>
    public async Task<byte[]> CallAsync(
        string path, ReadOnlyMemory<byte> message, GrpcMetadata metadata, TimeSpan timeout, CancellationToken cancel)
    {
        var parts = path.Split('/');
        var method = new GrpcMethod<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(
            parts[1], parts[2], GrpcCodec.BorrowedBytes, GrpcCodec.BorrowedBytes);
        var options = new GrpcCallOptions { Headers = metadata, Timeout = timeout };
        _channel ??= target.Open();
        return (await _channel.UnaryAsync(method, message, options, cancel)).ToArray();
    }

    /// <inheritdoc/>
    public void Renew()
    {
        _channel?.Dispose();
        _channel = null;
    }

    /// <inheritdoc/>
    public void Dispose() => _channel?.Dispose();
}
