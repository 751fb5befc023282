using Lateen.Http;
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
        var info = stream.Info;
        var config = Merge(Config, info.RouteConfiguration?.PerFilter);
        config = Merge(config, info.VirtualHost?.PerFilter);
        config = Merge(config, info.Route?.PerFilter);
        config = Merge(config, info.WeightedCluster?.PerFilter);
        if (info.GetFilterState(Name) is not ExtProcTalkStats talk)
        {
            info.SetFilterState(Name, talk = new ExtProcTalkStats());
        }
        var session = new ExtProcSession(stream, config, Stats, talk);
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

    /// <summary>Each level of the route changes what the levels above it say.</summary>
    private ExtProcConfig Merge(ExtProcConfig config, PerFilterConfigs? level)
    {
        if (level?.Get(Name) is not ExtProcRouteSettings route)
        {
            return config;
        }
        var service = route.Service ?? config.Service;
        return config with
        {
            Modes = route.Modes ?? config.Modes,
            Http = route.Service is null ? config.Http : null,
            Service = route.Metadata.Length == 0 || service is null
                ? service
                : service with { Metadata = MergeMetadata(service.Metadata, route.Metadata) },
            FailureModeAllow = route.FailureModeAllow ?? config.FailureModeAllow,
            EmitsSpan = route.EmitsSpan ?? config.EmitsSpan,
            Mapped = route.Mapped ?? config.Mapped,
            ForwardedNamespaces = route.Forwarded ?? config.ForwardedNamespaces,
            ClusterNamespaces = route.ForwardedOfCluster ?? config.ClusterNamespaces,
            ReceivedNamespaces = route.Received ?? config.ReceivedNamespaces,
        };
    }

    private static (HeaderName Name, byte[] Value)[] MergeMetadata(
        (HeaderName Name, byte[] Value)[] less, (HeaderName Name, byte[] Value)[] more) =>
        [
            .. more,
            .. less.Where(old => !more.Any(entry => entry.Name.Bytes.SequenceEqual(old.Name.Bytes))),
        ];

    private ExtProcSession? SessionOf(HttpStream stream) => stream.GetState(this) as ExtProcSession;
}
