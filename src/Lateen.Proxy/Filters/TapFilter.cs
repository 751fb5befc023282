using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tapping;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>tap</c>: writes down requests and responses that a rule picks. Source:
/// <c>tap.v3.Tap</c>.</summary>
internal sealed class TapFilter : HttpFilter
{
    private readonly StatsScope _scope;
    private readonly int _tapped;
    private readonly int _sampledOut;

    public TapFilter(StatsScope scope)
    {
        _scope = scope;
        _tapped = scope.GetOrAdd("tap.rq_tapped");
        _sampledOut = scope.GetOrAdd("tap.rq_sampled_out");
    }

    public required TapSlot Slot { get; init; }

    /// <summary>Traces tell when headers came.</summary>
    public bool RecordsTimes { get; init; }

    /// <summary>Traces tell the addresses of the client's connection.</summary>
    public bool RecordsConnection { get; init; }

    /// <summary>Traces tell the addresses of the connection to the upstream.</summary>
    public bool RecordsUpstream { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        if (Slot.Current is not { } config)
        {
            return HttpFilterResult.Continue;
        }
        var worker = stream.Worker;
        if (config.Enabled is { } share && !share.IsHit(worker.Random.Next(), RuntimeSettings.Current))
        {
            _scope.Add(worker.Index, _sampledOut);
            return HttpFilterResult.Continue;
        }
        var trace = new TapTrace(config, stream, worker.Random.Next(), worker.Loop.UnixNanos);
        stream.SetState(this, trace);
        trace.OnRequest();
        if (stream.HasBody)
        {
            stream.AddRequestStage(new TapBody(trace, false));
        }
        return HttpFilterResult.Continue;
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is TapTrace trace)
        {
            trace.OnResponse(endStream, stream.Worker.Loop.UnixNanos);
            if (!endStream)
            {
                stream.AddResponseStage(new TapBody(trace, true));
            }
        }
        return HttpFilterStatus.Continue;
    }

    public override void OnStreamEnd(HttpStream stream)
    {
        if (stream.GetState(this) is TapTrace trace && trace.Finish(this))
        {
            _scope.Add(stream.Worker.Index, _tapped);
        }
    }
}
