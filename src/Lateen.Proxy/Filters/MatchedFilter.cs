using Lateen.Proxy.Matching;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>
/// A filter that a matcher can leave out of a request. Source:
/// <c>envoy.extensions.common.matching.v3.ExtensionWithMatcher</c>.
/// </summary>
internal sealed class MatchedFilter : HttpFilter
{
    public required HttpFilter Inner { get; init; }

    /// <summary>Gives an object where the filter is to be left out.</summary>
    public required MatcherTree<object> Skip { get; init; }

    public override bool FitsAttempts => Inner.FitsAttempts;

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        if (Skip.Match(new MatchData(stream.Info, stream.Request, null)) is { } skipped)
        {
            stream.SetState(this, skipped);
            return HttpFilterResult.Continue;
        }
        return Inner.OnRequest(stream);
    }

    public override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete) =>
        Inner.OnRequestBody(stream, isComplete);

    public override HttpFilterResult OnDelayOver(HttpStream stream) => Inner.OnDelayOver(stream);

    public override HttpFilterResult OnContinued(HttpStream stream) => Inner.OnContinued(stream);

    public override HttpFilterStatus OnResponseContinued(HttpStream stream) => Inner.OnResponseContinued(stream);

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream) =>
        stream.GetState(this) is null ? Inner.OnResponse(stream, endStream) : HttpFilterStatus.Continue;

    public override HttpFilterStatus OnResponseBody(HttpStream stream, bool isComplete) =>
        Inner.OnResponseBody(stream, isComplete);

    public override void OnStreamEnd(HttpStream stream) => Inner.OnStreamEnd(stream);

    public override void Forget(HttpStream stream)
    {
        Inner.Forget(stream);
        base.Forget(stream);
    }
}
