using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.GrpcFilters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>grpc_stats</c>.</summary>
internal sealed class GrpcStatsFilter : HttpFilter
{
    private const string Kind = "grpc";

    public bool EmitFilterState { get; init; }

    /// <summary>All methods have counters of their own.</summary>
    public bool AllMethods { get; init; }

    /// <summary>Methods that have counters of their own.</summary>
    public HashSet<GrpcMethod> Methods { get; init; } = [];

    /// <summary>Records the times of upstreams; null: they are not asked for.</summary>
    public GrpcTimes? Times { get; init; }

    public bool ReplaceDots { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        // What makes closures has a function of its own: they are made where it begins.
        if (RouteMatcher.IsGrpc(stream.Request))
        {
            Follow(stream);
        }
        return HttpFilterResult.Continue;
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is Call call)
        {
            Follow(stream, call, endStream);
        }
        return HttpFilterStatus.Continue;
    }

    private void Follow(HttpStream stream)
    {
        var parsed = GrpcMethod.TryParse(stream.Request.Get(HeaderId.Path), out var method);
        var isOwn = parsed && (AllMethods || Methods.Contains(method));
        if (isOwn && AllMethods && ReplaceDots)
        {
            method = method with { Service = method.Service.Replace('.', '_') };
        }
        var call = new Call(isOwn ? method : default);
        stream.SetState(this, call);
        if (parsed)
        {
            stream.AddRequestStage(new GrpcMessageCounter((owner, count) =>
            {
                call.Method.Count(owner, Kind, "request_message_count", count);
                call.Counts.Requests += count;
                Emit(owner, call);
            }));
        }
    }

    private void Follow(HttpStream stream, Call call, bool endStream)
    {
        if (endStream)
        {
            call.Method.CountStatus(stream, Kind, stream.Response);
            Times?.Record(stream, call.Method, Kind);
        }
        else if (stream.Info.ResponseCode == 200 && RouteMatcher.IsGrpc(stream.Response))
        {
            if (stream.Response.Contains(HeaderId.GrpcStatus))
            {
                call.Method.CountStatus(stream, Kind, stream.Response);
            }
            stream.AddResponseStage(new GrpcMessageCounter((owner, count) =>
            {
                call.Method.Count(owner, Kind, "response_message_count", count);
                call.Counts.Responses += count;
                Emit(owner, call);
            }));
            stream.AddResponseStage(new TrailerStage(
                owner =>
                {
                    call.Method.CountStatus(owner, Kind, owner.ResponseTrailers);
                    Times?.Record(owner, call.Method, Kind);
                }));
        }
    }

    private void Emit(HttpStream stream, Call call)
    {
        if (EmitFilterState)
        {
            stream.Info.SetFilterState(GrpcCallCounts.StateKey, call.Counts);
        }
    }

    private sealed class Call(GrpcMethod method)
    {
        public GrpcMethod Method { get; } = method;

        public GrpcCallCounts Counts { get; } = new();
    }

    /// <summary>Passes all on and looks at the trailers.</summary>
    private sealed class TrailerStage(Action<HttpStream> onTrailers) : BodyStage
    {
        internal override void OnData(BufferChain data, int length, bool end) => Forward(data, length, end);

        internal override void OnTrailers()
        {
            onTrailers(Stream);
            ForwardTrailers();
        }
    }
}
