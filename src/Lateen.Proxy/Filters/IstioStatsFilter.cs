using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>istio.stats</c>: Istio's standard metrics, counted at the end of each request.</summary>
internal sealed class IstioStatsFilter : HttpFilter
{
    public required IstioMetrics Metrics { get; init; }

    public override void OnStreamEnd(int worker, StreamInfo info) => Metrics.OnRequestEnd(worker, info);
}
