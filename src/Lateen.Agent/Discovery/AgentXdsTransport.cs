using Lateen.Xds.Client;

namespace Lateen.Agent.Discovery;

/// <summary>
/// The discovery stream of the proxy within this process, out of which the agent takes its own resources before the
/// proxy sees them.
/// </summary>
internal sealed class AgentXdsTransport(IXdsTransport inner, AgentResources resources) : IXdsTransport
{
    public async ValueTask<IXdsByteStream> OpenAsync(string methodPath, CancellationToken cancellation)
    {
        var stream = await inner.OpenAsync(methodPath, cancellation);
        var isDelta = methodPath.Contains("/Delta", StringComparison.Ordinal);
        return new ByteStream(stream, resources, isDelta);
    }

    private sealed class ByteStream(IXdsByteStream inner, AgentResources resources, bool isDelta) : IXdsByteStream
    {
        // Requests of the proxy and acknowledgements of the agent come from two sides.
        private readonly SemaphoreSlim _writer = new(1);
        private bool _subscribed;

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
        {
            await _writer.WaitAsync(cancellation);
            try
            {
                await inner.WriteAsync(message, cancellation);
                if (!_subscribed)
                {
                    _subscribed = true;
                    foreach (var request in resources.BuildSubscriptions(isDelta))
                    {
                        await inner.WriteAsync(request, cancellation);
                    }
                }
            }
            finally
            {
                _writer.Release();
            }
        }

        public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellation)
        {
            while (true)
            {
                var message = await inner.ReadAsync(cancellation);
                if (message is null || !resources.TryTake(message.Value, isDelta, out var acknowledgement))
                {
                    return message;
                }
                await WriteAsync(acknowledgement, cancellation);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            _writer.Dispose();
        }
    }
}
