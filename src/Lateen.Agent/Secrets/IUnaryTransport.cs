using Lateen.Grpc;

namespace Lateen.Agent.Secrets;

/// <summary>Makes gRPC calls with one message each way.</summary>
public interface IUnaryTransport : IDisposable
{
    /// <summary>One call; failures are <see cref="GrpcException"/>.</summary>
    Task<byte[]> CallAsync(
        string path, ReadOnlyMemory<byte> message, GrpcMetadata metadata, TimeSpan timeout, CancellationToken cancel);

    /// <summary>The next call is to go over a new connection.</summary>
    void Renew();
}
