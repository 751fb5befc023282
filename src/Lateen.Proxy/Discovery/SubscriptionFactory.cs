using Lateen.Core.Logging;
using Lateen.Proxy.Stats;
using Lateen.Xds.Client;

namespace Lateen.Proxy.Discovery;

/// <summary>Makes the subscriptions of a hub by the kinds of their sources.</summary>
internal sealed class SubscriptionFactory(
    DiscoveryHub hub, StatsStore statistics, DiscoveryHubOptions own, TimeProvider clock, Logger log)
{
    /// <summary>A subscription of one source for one watch.</summary>
    public IDiscoverySubscription New(DiscoverySource source, WatchKey key, string statPrefix)
    {
        switch (source.Kind)
        {
            case DiscoveryKind.File:
                return new FileSubscription(hub, source, key, log);
            case DiscoveryKind.Rest:
                return new RestSubscription(
                    hub, source, key, own.Node, own.Worker, clock, own.Random, log);
            default:
                return NewStream(source, source, DiscoveryService.Of(key.TypeUrl), statPrefix);
        }
    }

    /// <summary>A stream: of one type, or without a service the aggregated one.</summary>
    public StreamSubscription NewStream(
        DiscoverySource stream, DiscoverySource source, DiscoveryService? service, string statPrefix)
    {
        var api = stream.Api!;
        IXdsTransport transport = new ClusterXdsTransport(
            own.Worker, api.Target, service is null ? own.AdsMetadata : null);
        if (service is null && own.WrapAds is { } wrap)
        {
            transport = wrap(transport);
        }

        var defaults = new XdsClientOptions { Node = own.Node, Random = own.Random };
        var options = new XdsClientOptions
        {
            Node = own.Node,
            IsDelta = stream.Kind == DiscoveryKind.DeltaGrpc,
            Service = service?.Name ?? defaults.Service,
            MethodSuffix = service?.Suffix ?? defaults.MethodSuffix,
            TellsNodeOnce = api.TellsNodeOnce,
            RequestTokens = api.RequestTokens,
            RequestsPerSecond = api.RequestsPerSecond,
            BackoffBase = api.BackoffBase,
            BackoffMax = api.BackoffMax,
            Random = own.Random,
            Clock = clock,
        };
        var stats = new ControlPlaneStats(statistics, statPrefix);
        return new StreamSubscription(hub, source, transport, options, stats, log);
    }
}
