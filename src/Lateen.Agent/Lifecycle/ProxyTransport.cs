using Lateen.Agent.Secrets;
using Lateen.Grpc;
using Lateen.Proxy;
using Lateen.Xds.Client;

namespace Lateen.Agent.Lifecycle;

/// <summary>
/// Reaches a control plane or certificate service over a cluster of the proxy within this process. The cluster is made
/// anew before calls and streams, so that renewed roots and certificates in files count.
/// </summary>
internal sealed class ProxyTransport(ControlPlaneTarget target, string cluster) : IUnaryTransport
{
    private readonly TaskCompletionSource<ProxyServer> _server =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The proxy runs; calls that came before wait for this.</summary>
    public void OnStarted(ProxyServer server) => _server.TrySetResult(server);

    /// <summary>The cluster for the bootstrap; one without hosts while the files cannot be read.</summary>
    public Envoy.Config.Cluster.V3.Cluster BuildCluster()
    {
        try
        {
            return ControlPlaneCluster.Build(cluster, target);
        }
        catch (IOException)
        {
            return ControlPlaneCluster.WithoutHosts(cluster);
        }
    }

    /// <inheritdoc/>
    public async Task<byte[]> CallAsync(
        string path, ReadOnlyMemory<byte> message, GrpcMetadata metadata, TimeSpan timeout, CancellationToken cancel)
    {
        var server = await _server.Task.WaitAsync(cancel);
        Refresh(server);
        return await server.CallAsync(cluster, path, message, metadata, timeout, cancel);
    }

    /// <inheritdoc/>
    public void Renew()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>A transport that looks at the files before it opens a stream.</summary>
    public IXdsTransport Wrap(IXdsTransport inner) => new Refreshing(this, inner);

    private void Refresh(ProxyServer server)
    {
        try
        {
            var errors = server.SetCluster(ControlPlaneCluster.Build(cluster, target));
            if (errors.Count > 0)
            {
                throw new GrpcException(GrpcStatusCode.Unavailable, string.Join("; ", errors));
            }
        }
        catch (IOException e)
        {
            throw new GrpcException(GrpcStatusCode.Unavailable, e.Message);
        }
    }

    private sealed class Refreshing(ProxyTransport owner, IXdsTransport inner) : IXdsTransport
    {
        public async ValueTask<IXdsByteStream> OpenAsync(string methodPath, CancellationToken cancellation)
        {
            owner.Refresh(await owner._server.Task.WaitAsync(cancellation));
            return await inner.OpenAsync(methodPath, cancellation);
        }
    }
}
