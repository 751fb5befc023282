using System.Collections.Immutable;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Rbac;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Runtime;

/// <summary>Network filters before the terminal one: they let a connection pass or not, and count its bytes.</summary>
internal static class NetworkPolicies
{
    /// <summary>False when the connection is to be closed; why is in its termination details.</summary>
    internal static bool Allows(NetworkFilterConfig filter, DownstreamConnection downstream)
    {
        if (filter is not RbacNetworkFilterConfig rbac)
        {
            return true;
        }

        var info = new StreamInfo();
        info.Reset(downstream.Info);
        if (rbac.Rules.IsAllowed(downstream.Worker.Index, null, info, out var details))
        {
            return true;
        }

        downstream.Info.TerminationDetails = details;
        return false;
    }

    /// <summary>Reports bytes since the last report to the TCP metrics of the chain, if it has some.</summary>
    internal static void ReportTcp(
        ImmutableArray<NetworkFilterConfig> filters, int worker, StreamInfo info, ref TcpReport last, bool closed)
    {
        foreach (var filter in filters)
        {
            if (filter is IstioTcpStatsConfig stats)
            {
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
