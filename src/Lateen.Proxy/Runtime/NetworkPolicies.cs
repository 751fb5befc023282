using System.Collections.Immutable;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>Network filters before the terminal one: they let a connection pass or not, and count its end.</summary>
internal static class NetworkPolicies
{
    internal static bool Allows(NetworkFilterConfig filter, DownstreamConnection downstream)
    {
        _ = filter;
        _ = downstream;
        return true;
    }

    internal static void OnTcpEnd(ImmutableArray<NetworkFilterConfig> filters, int worker, StreamInfo info)
    {
        _ = filters;
        _ = worker;
        _ = info;
    }
}
