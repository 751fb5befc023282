namespace Lateen.Xds.Client;

/// <summary>Opens bidirectional streams of messages to the control plane: over gRPC, or over a proxy's own
/// clusters.</summary>
public interface IXdsTransport
{
    /// <summary>
    /// Opens a stream to a method, such as
    /// <c>/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources</c>. Failures here and on the
    /// stream are <see cref="Grpc.GrpcException"/>.
    /// </summary>
    ValueTask<IXdsByteStream> OpenAsync(string methodPath, CancellationToken cancellation);
}
