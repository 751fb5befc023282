using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>header_mutation</c>; each mutation is applied by itself, in order.</summary>
internal sealed class HeaderMutationFilter : HttpFilter
{
    public override bool FitsAttempts => true;

    public HeaderMutations[] RequestMutations { get; init; } = [];

    public HeaderMutations[] ResponseMutations { get; init; } = [];

    public HeaderMutations[] RequestTrailers { get; init; } = [];

    public HeaderMutations[] ResponseTrailers { get; init; } = [];

    public QueryMutation[] QueryMutations { get; init; } = [];

    public bool MostSpecificWins { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        if (RequestTrailers.Length > 0 || Levels(stream.Info).Any(level => level.RequestTrailers.Length > 0))
        {
            stream.AddRequestStage(new TrailerStage(owner => ApplyAll(
                owner.RequestTrailers, owner.Info, RequestTrailers, static level => level.RequestTrailers)));
        }
        return OnRequestHeaders(stream.Worker.Index, stream.Request, stream.Info);
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (ResponseTrailers.Length > 0 || Levels(stream.Info).Any(level => level.ResponseTrailers.Length > 0))
        {
            stream.AddResponseStage(new TrailerStage(owner => ApplyAll(
                owner.ResponseTrailers, owner.Info, ResponseTrailers, static level => level.ResponseTrailers)));
        }
        OnResponseHeaders(stream.Worker.Index, stream.Response, stream.Info);
        return HttpFilterStatus.Continue;
    }

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        Apply(RequestMutations, request, info);
        QueryMutation.Apply(QueryMutations, request, decode: true, info);
        foreach (var level in Levels(info))
        {
            Apply(level.Request, request, info);
            QueryMutation.Apply(level.Query, request, decode: true, info);
        }
        return HttpFilterResult.Continue;
    }

    public override void OnResponseHeaders(int worker, HeaderMap response, StreamInfo info)
    {
        Apply(ResponseMutations, response, info);
        foreach (var level in Levels(info))
        {
            Apply(level.Response, response, info);
        }
    }

    private static void Apply(HeaderMutations[] mutations, HeaderMap headers, StreamInfo info)
    {
        foreach (var mutation in mutations)
        {
            mutation.Apply(headers, info);
        }
    }

    private void ApplyAll(
        HeaderMap trailers, StreamInfo info, HeaderMutations[] own,
        Func<HeaderMutationSettings, HeaderMutations[]> part)
    {
        Apply(own, trailers, info);
        foreach (var level in Levels(info))
        {
            Apply(part(level), trailers, info);
        }
    }

    /// <summary>Settings of the route's levels: the most specific first by default, so that the least specific
    /// wins.</summary>
    private IEnumerable<HeaderMutationSettings> Levels(StreamInfo info)
    {
        var levels = new[] { info.WeightedCluster?.PerFilter, info.Route?.PerFilter, info.VirtualHost?.PerFilter,
            info.RouteConfiguration?.PerFilter }
            .Select(level => level?.Get(Name)).OfType<HeaderMutationSettings>();
        return MostSpecificWins ? levels.Reverse() : levels;
    }

    private sealed class TrailerStage(Action<HttpStream> onTrailers) : BodyStage
    {
        internal override void OnData(Net.BufferChain data, int length, bool end) => Forward(data, length, end);

        internal override void OnTrailers()
        {
            onTrailers(Stream);
            ForwardTrailers();
        }
    }
}
