using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>A filter that chooses another one for each request.</summary>
internal abstract class DelegatingFilter : HttpFilter
{
    public sealed override HttpFilterResult OnRequest(HttpStream stream)
    {
        if (Choose(stream) is not { } chosen)
        {
            return HttpFilterResult.Continue;
        }
        stream.SetState(this, chosen);
        return chosen.OnRequest(stream);
    }

    public sealed override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete) =>
        ChosenFor(stream)?.OnRequestBody(stream, isComplete) ?? HttpFilterResult.Continue;

    public sealed override HttpFilterResult OnDelayOver(HttpStream stream) =>
        ChosenFor(stream)?.OnDelayOver(stream) ?? HttpFilterResult.Continue;

    public sealed override HttpFilterResult OnContinued(HttpStream stream) =>
        ChosenFor(stream)?.OnContinued(stream) ?? HttpFilterResult.Continue;

    public sealed override HttpFilterStatus OnResponse(HttpStream stream, bool endStream) =>
        ChosenFor(stream)?.OnResponse(stream, endStream) ?? HttpFilterStatus.Continue;

    public sealed override HttpFilterStatus OnResponseBody(HttpStream stream, bool isComplete) =>
        ChosenFor(stream)?.OnResponseBody(stream, isComplete) ?? HttpFilterStatus.Continue;

    public sealed override HttpFilterStatus OnResponseContinued(HttpStream stream) =>
        ChosenFor(stream)?.OnResponseContinued(stream) ?? HttpFilterStatus.Continue;

    public sealed override void OnStreamEnd(HttpStream stream) => ChosenFor(stream)?.OnStreamEnd(stream);

    public sealed override void Forget(HttpStream stream)
    {
        ChosenFor(stream)?.Forget(stream);
        base.Forget(stream);
    }

    /// <summary>The filter for a request; null: none.</summary>
    protected abstract HttpFilter? Choose(HttpStream stream);

    private HttpFilter? ChosenFor(HttpStream stream) => stream.GetState(this) as HttpFilter;
}
