using Lateen.Grpc;
using Lateen.Proxy.Runtime;
using Lateen.Xds.Client;

namespace Lateen.Proxy.Discovery;

/// <summary>Streams to a control plane over a cluster of the proxy.</summary>
/// <param name="worker">On which they run.</param>
/// <param name="target">Where they go.</param>
/// <param name="metadata">More metadata of every new stream (a bearer token); null for none.</param>
internal sealed class ClusterXdsTransport(Worker worker, GrpcServiceTarget target, Func<GrpcMetadata>? metadata)
    : IXdsTransport
{
    public ValueTask<IXdsByteStream> OpenAsync(string methodPath, CancellationToken cancellation) =>
        ValueTask.FromResult<IXdsByteStream>(GrpcByteStream.Open(worker, target, methodPath, metadata?.Invoke()));
}
