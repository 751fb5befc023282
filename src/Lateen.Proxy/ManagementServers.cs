using Lateen.Core;
using Lateen.Proxy.Config;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.LoadStats;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy;

/// <summary>The management servers that the bootstrap itself names.</summary>
internal static class ManagementServers
{
    /// <summary>Where load reports go; null: nowhere.</summary>
    public static GrpcServiceTarget? DecodeLoadReports(
        ProxyServer server, ProxyResources resources, List<ConfigError> errors)
    {
        var context = new DecodeContext { Resources = resources, IsStatic = true };
        var target = LoadReporter.Decode(server.Bootstrap, context);
        errors.AddRange(context.Errors);
        return target;
    }

    /// <summary>The aggregated stream; null: none.</summary>
    public static DiscoverySource? DecodeAds(
        ProxyServer server, ProxyResources resources, List<ConfigError> errors)
    {
        if (server.Bootstrap.DynamicResources?.AdsConfig is not { } ads)
        {
            return null;
        }
        var context = new DecodeContext { Resources = resources, IsStatic = true };
        var source = SourceDecoder.DecodeApi(ads, 0, "dynamic_resources.ads_config", context);
        if (source.Kind == DiscoveryKind.Rest)
        {
            context.Error("dynamic_resources.ads_config.api_type", "CONFIG_SOURCE", "REST cannot be aggregated");
        }
        if (source.Api is { } api && !server.Configuration.Clusters.Entries.ContainsKey(api.Target.Cluster.Name))
        {
            context.Error("dynamic_resources.ads_config", "CONFIG_SOURCE",
                $"Unknown gRPC client cluster '{api.Target.Cluster.Name}'");
        }
        if (source.Api is not null && (server.Node.Id.Length == 0 || server.Node.Cluster.Length == 0))
        {
            context.Error("node", "NODE", "node 'id' and 'cluster' are required for discovery",
                "set them in the bootstrap or by --service-node and --service-cluster");
        }
        errors.AddRange(context.Errors);
        return source;
    }

    /// <summary>What keeps the proxy's subscriptions; it is not started.</summary>
    public static DiscoveryHub BuildHub(ProxyServer server, ProxyResources resources, DiscoverySource? ads)
    {
        // Spreads waits; nothing secret comes from it.
#pragma warning disable CA5394
        var random = new Random((int)resources.RandomSeed);
#pragma warning restore CA5394
        var options = new DiscoveryHubOptions
        {
            Node = server.Node,
            Worker = server.Runtime.Workers[0],
            Random = random,
            Ads = ads,
            AdsMetadata = server.Options.DiscoveryMetadata,
            WrapAds = server.Options.WrapDiscovery,
        };
        return new DiscoveryHub(server.Configuration, options, server.Clock, server.LogSink.CreateLogger("xds"));
    }

    /// <summary>Reports load to a target for as long as the proxy runs; null: nowhere.</summary>
    public static void StartLoadReports(ProxyServer server, GrpcServiceTarget? target)
    {
        if (target is not null)
        {
            new LoadReporter(
                server.Runtime.Main, target, server.Node, server.Configuration.Clusters.GetActive, server.Clock,
                server.Stats, server.LogSink.CreateLogger("upstream")).Start();
        }
    }
}
