using Lateen.Http;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>
/// An HTTP filter of a connection manager: immutable settings and the steps that it takes. All state of a request is in
/// <see cref="StreamInfo"/>, so one object serves all requests and workers. Filters run in order on the request and in
/// reverse
/// order on the response.
/// </summary>
internal abstract class HttpFilter
{
    /// <summary>Name in the chain, by which routes override settings.</summary>
    public required string Name { get; init; }

    /// <summary>Off unless a route switches it on.</summary>
    public bool Disabled { get; init; }

    /// <summary>The router, which ends the chain.</summary>
    public virtual bool IsTerminal => false;

    /// <summary>May be among the filters of attempts, also inside another one.</summary>
    public virtual bool FitsAttempts => false;

    /// <summary>Discovered filters inside this one.</summary>
    public virtual IReadOnlyList<DiscoveredFilter> Discovered => [];

    /// <summary>Nothing that must come before the listener starts is waited for.</summary>
    public virtual bool IsSettled => true;

    /// <summary>The request's headers are complete; the route has been chosen already if there is one.</summary>
    public virtual HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info) => default;

    /// <summary>The same with the whole stream at hand, for filters that wait, read bodies or keep state.</summary>
    public virtual HttpFilterResult OnRequest(HttpStream stream) =>
        OnRequestHeaders(stream.Worker.Index, stream.Request, stream.Info);

    /// <summary>
    /// The body asked for is in <see cref="HttpStream.BufferedBody"/>; <paramref name="isComplete"/> is false when it
    /// is longer than that.
    /// </summary>
    public virtual HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete) => default;

    /// <summary>The delay asked for is over. May answer with a local reply, not with another delay.</summary>
    public virtual HttpFilterResult OnDelayOver(int worker, HeaderMap request, StreamInfo info) => default;

    /// <summary>The same with the whole stream at hand.</summary>
    public virtual HttpFilterResult OnDelayOver(HttpStream stream) =>
        OnDelayOver(stream.Worker.Index, stream.Request, stream.Info);

    /// <summary>A request that waited goes on: filters inside this one that come next have their turn.</summary>
    public virtual HttpFilterResult OnContinued(HttpStream stream) => default;

    /// <summary>A response that waited goes on.</summary>
    public virtual HttpFilterStatus OnResponseContinued(HttpStream stream) => HttpFilterStatus.Continue;

    /// <summary>The response's headers go downstream, local replies included.</summary>
    public virtual void OnResponseHeaders(int worker, HeaderMap response, StreamInfo info)
    {
    }

    /// <summary>
    /// The same with the whole stream at hand; may add a stage of the body's way. <see cref="HttpFilterStatus.Wait"/>
    /// keeps the headers back until <see cref="HttpStream.ContinueResponse"/>, <see cref="HttpFilterStatus.AwaitBody"/>
    /// until the body has come.
    /// </summary>
    public virtual HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        OnResponseHeaders(stream.Worker.Index, stream.Response, stream.Info);
        return HttpFilterStatus.Continue;
    }

    /// <summary>
    /// The response's body is in what <see cref="HttpStream.ResponsePath"/> holds; <paramref name="isComplete"/> is
    /// false when it is longer than may be held.
    /// </summary>
    public virtual HttpFilterStatus OnResponseBody(HttpStream stream, bool isComplete) => HttpFilterStatus.Continue;

    /// <summary>The stream is over: what the filter still waits for is not wanted any more.</summary>
    public virtual void OnStreamEnd(HttpStream stream) => OnStreamEnd(stream.Worker.Index, stream.Info);

    /// <summary>The stream is over; <see cref="StreamInfo.EndNanos"/> is set and access logs are about to be
    /// written.</summary>
    public virtual void OnStreamEnd(int worker, StreamInfo info)
    {
    }

    /// <summary>An attempt is over: what was kept for it is forgotten, also by filters inside this one.</summary>
    public virtual void Forget(HttpStream stream) => stream.DropState(this);

    /// <summary>Whether the filter takes part in this request, given the route's settings.</summary>
    public bool IsEnabled(StreamInfo info)
    {
        var settings = Routing.Route.GetPerFilterConfig(info, Name);
        return settings is null ? !Disabled : !ReferenceEquals(settings, Routing.PerFilterConfigs.Disabled);
    }
}
