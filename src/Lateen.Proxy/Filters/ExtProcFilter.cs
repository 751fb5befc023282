using Lateen.Proxy.ExtProc;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>ext_proc</c>: a service sees and changes requests and responses as they pass.</summary>
internal sealed class ExtProcFilter : HttpFilter
{
    public required ExtProcConfig Config { get; init; }

    public required ExtProcStats Stats { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var config = Config;
        if (Route.GetPerFilterConfig(stream.Info, Name) is ExtProcRouteSettings route)
        {
            var service = route.Service ?? config.Service;
            config = config with
            {
                Modes = route.Modes ?? config.Modes,
                Service = route.Metadata.Length == 0
                    ? service : service with { Metadata = [.. service.Metadata, .. route.Metadata] },
                ForwardedNamespaces = route.Forwarded ?? config.ForwardedNamespaces,
                ReceivedNamespaces = route.Received ?? config.ReceivedNamespaces,
            };
        }
        var session = new ExtProcSession(stream, config, Stats);
        stream.SetState(this, session);
        return session.OnRequest();
    }

    public override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete) =>
        SessionOf(stream)!.OnRequestBody(isComplete);

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream) =>
        SessionOf(stream)?.OnResponse(endStream) ?? HttpFilterStatus.Continue;

    public override HttpFilterStatus OnResponseBody(HttpStream stream, bool isComplete) =>
        SessionOf(stream)!.OnResponseBody(isComplete);

    public override HttpFilterResult OnContinued(HttpStream stream) => SessionOf(stream)!.OnRequestContinued();

    public override HttpFilterStatus OnResponseContinued(HttpStream stream) =>
        SessionOf(stream)!.OnResponseContinued();

    public override void OnStreamEnd(HttpStream stream) => SessionOf(stream)?.End();

    private ExtProcSession? SessionOf(HttpStream stream) => stream.GetState(this) as ExtProcSession;
}
