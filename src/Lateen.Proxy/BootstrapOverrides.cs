using Envoy.Config.Bootstrap.V3;
using Envoy.Config.Core.V3;

namespace Lateen.Proxy;

/// <summary>What the command line changes in a bootstrap.</summary>
internal static class BootstrapOverrides
{
    public static void Apply(Bootstrap bootstrap, ProxyOptions options)
    {
        OverrideNode(bootstrap, options);
        AddStatsTags(bootstrap, options);
    }

    /// <summary>A text of the node's metadata; null: there is none.</summary>
    public static string? MetadataText(Node node, string key) =>
        node.Metadata is { } metadata && metadata.Fields.TryGetValue(key, out var value) ? value.StringValue : null;

    private static void OverrideNode(Bootstrap bootstrap, ProxyOptions options)
    {
        var node = bootstrap.Node ??= new Node();
        node.Id = options.ServiceNode ?? node.Id;
        node.Cluster = options.ServiceCluster ?? node.Cluster;
        if (options.ServiceZone is not null)
        {
            (node.Locality ??= new Locality()).Zone = options.ServiceZone;
        }
        if (node.UserAgentName.Length == 0)
        {
            node.UserAgentName = "envoy";
        }
    }

    private static void AddStatsTags(Bootstrap bootstrap, ProxyOptions options)
    {
        foreach (var (name, value) in options.StatsTags)
        {
            bootstrap.StatsConfig ??= new Envoy.Config.Metrics.V3.StatsConfig();
            bootstrap.StatsConfig.StatsTags.Add(
                new Envoy.Config.Metrics.V3.TagSpecifier { TagName = name, FixedValue = value });
        }
    }
}
