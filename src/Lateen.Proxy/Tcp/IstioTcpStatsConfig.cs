using Lateen.Proxy.Listeners;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tcp;

/// <summary>The network filter <c>istio.stats</c>: Istio's standard metrics for TCP connections.</summary>
internal sealed class IstioTcpStatsConfig : NetworkFilterConfig
{
    public required IstioMetrics Metrics { get; init; }

    /// <summary>Nanoseconds between reports of a long connection; 5 s by default.</summary>
    public long ReportingDurationNanos { get; init; } = 5_000_000_000;
}
