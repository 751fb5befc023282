using Lateen.Net;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Network;

/// <summary>Refuses new connections when the bucket is empty.</summary>
internal sealed class LocalRateLimitNetworkFilter(NetworkFilterChain chain, LocalRateLimitNetworkConfig config)
    : NetworkFilter
{
    internal override bool OnNewConnection()
    {
        var downstream = chain.Downstream;
        if (config.TryTake(downstream.Worker.Index, downstream.Worker.NowNanos))
        {
            return true;
        }

        chain.Stream.ResponseFlags |= ResponseFlags.UpstreamRetryLimitExceeded;
        downstream.Connection.Close(CloseType.NoFlush);
        return false;
    }
}
