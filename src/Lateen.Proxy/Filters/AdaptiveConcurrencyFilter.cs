using Lateen.Proxy.Pacing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>adaptive_concurrency</c>.</summary>
internal sealed class AdaptiveConcurrencyFilter(StatsScope scope) : HttpFilter
{
    private static readonly byte[] Details = "reached_concurrency_limit"u8.ToArray();
    private static readonly byte[] Body = "reached concurrency limit"u8.ToArray();

    private readonly int _blocked = scope.GetOrAdd("adaptive_concurrency.gradient_controller.rq_blocked");

    public required GradientController Controller { get; init; }

    public RuntimeNumber Enabled { get; init; } = new(1, "");

    public int Status { get; init; } = 503;

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        if (!Enabled.IsOn() || stream.Info.IsHealthCheck)
        {
            return HttpFilterResult.Continue;
        }
        var now = stream.Worker.NowNanos;
        if (Controller.TryEnter(now))
        {
            stream.SetState(this, new Entry(now));
            return HttpFilterResult.Continue;
        }
        scope.Add(stream.Worker.Index, _blocked);
        stream.Info.ResponseCodeDetails = Details;
        return new HttpFilterResult(HttpFilterStatus.LocalReply, Status, Body);
    }

    public override void OnStreamEnd(HttpStream stream)
    {
        if (stream.GetState(this) is Entry entry)
        {
            var now = stream.Worker.NowNanos;
            Controller.Leave(stream.Info.LastDownstreamTxNanos > 0 ? now - entry.StartNanos : -1, now);
        }
    }

    private sealed record Entry(long StartNanos);
}
