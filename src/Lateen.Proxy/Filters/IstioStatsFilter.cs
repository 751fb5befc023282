using Lateen.Proxy.GrpcFilters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>istio.stats</c>: Istio's standard metrics, counted at the end of each request; messages
/// of gRPC streams also while they last.</summary>
internal sealed class IstioStatsFilter : HttpFilter
{
    public required IstioMetrics Metrics { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        if (RouteMatcher.IsGrpc(stream.Request))
        {
            var report = new GrpcMessageReport(Metrics, stream);
            stream.SetState(this, report);
            report.Start();
        }
        return HttpFilterResult.Continue;
    }

    public override void OnStreamEnd(HttpStream stream)
    {
        (stream.GetState(this) as GrpcMessageReport)?.End();
        Metrics.OnRequestEnd(stream.Worker.Index, stream.Info);
    }
}
