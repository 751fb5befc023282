using System.Collections.Immutable;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Runtime;

/// <summary>TCP metrics of network filters before the terminal one: they count a connection's bytes.</summary>
internal static class NetworkPolicies
{
    /// <summary>Reports bytes since the last report to the TCP metrics of the chain, if it has some.</summary>
    internal static void ReportTcp(
        ImmutableArray<NetworkFilterConfig> filters, int worker, StreamInfo info, ref TcpReport last, bool closed)
    {
        foreach (var filter in filters)
        {
            if (filter is IstioTcpStatsConfig stats)
            {
                if (!closed && !last.Opened && !stats.Metrics.IsPeerRead(info))
                {
                    return;
                }

                stats.Metrics.OnTcpReport(
                    worker, info, info.BytesSent - last.Sent, info.BytesReceived - last.Received, !last.Opened, closed);
                last = new TcpReport(info.BytesSent, info.BytesReceived, true);
                return;
            }
        }
    }

    /// <summary>How often a connection reports to the TCP metrics; zero: it has none.</summary>
    internal static long ReportNanos(ImmutableArray<NetworkFilterConfig> filters)
    {
        foreach (var filter in filters)
        {
            if (filter is IstioTcpStatsConfig stats)
            {
                return stats.ReportingDurationNanos;
            }
        }

        return 0;
    }

    /// <summary>What has been reported of a connection.</summary>
    internal readonly record struct TcpReport(long Sent, long Received, bool Opened);
}
