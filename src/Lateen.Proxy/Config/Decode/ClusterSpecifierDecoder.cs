using Envoy.Extensions.Router.ClusterSpecifiers.Matcher.V3;
using Google.Protobuf.Collections;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Matching;
using PluginProto = Envoy.Config.Route.V3.ClusterSpecifierPlugin;
using RouteActionProto = Envoy.Config.Route.V3.RouteAction;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Plugins that choose the clusters of routes.</summary>
internal static class ClusterSpecifierDecoder
{
    private const string Types = "envoy.extensions.router.cluster_specifiers.";

    /// <summary>The plugins of a table by name.</summary>
    public static Dictionary<string, PluginProto> Read(
        RepeatedField<PluginProto> plugins, string path, DecodeContext context)
    {
        var result = new Dictionary<string, PluginProto>();
        for (var i = 0; i < plugins.Count; i++)
        {
            var at = $"{path}.cluster_specifier_plugins[{i}]";
            if (plugins[i].Extension is not { Name.Length: > 0 } extension)
            {
                context.Error($"{at}.extension", "ROUTE_PLUGIN", "an extension with a name is required");
            }
            else
            {
                _ = Decode(plugins[i], at, context);
                result[extension.Name] = plugins[i];
            }
        }
        return result;
    }

    /// <summary>The plugin that a route names or brings; null: it has none, or an unknown one that it can do
    /// without.</summary>
    private static PluginProto? Find(RouteActionProto action, string path, DecodeContext context)
    {
        if (action.ClusterSpecifierCase == RouteActionProto.ClusterSpecifierOneofCase.InlineClusterSpecifierPlugin)
        {
            return action.InlineClusterSpecifierPlugin;
        }
        if (action.ClusterSpecifierCase != RouteActionProto.ClusterSpecifierOneofCase.ClusterSpecifierPlugin)
        {
            return null;
        }
        if (context.ClusterPlugins.TryGetValue(action.ClusterSpecifierPlugin, out var plugin))
        {
            return plugin;
        }
        context.Error($"{path}.cluster_specifier_plugin", "ROUTE_PLUGIN",
            $"Unknown cluster specifier plugin name: {action.ClusterSpecifierPlugin} is used in the route");
        return null;
    }

    /// <summary>What a route's plugin is; <paramref name="isNowhere"/>: it has one that is not known.</summary>
    public static MatcherTree<ClusterSlot>? DecodeOf(
        RouteActionProto action, string path, DecodeContext context, out bool isNowhere)
    {
        var plugin = Find(action, path, context);
        var matcher = plugin is null ? null : Decode(plugin, $"{path}.cluster_specifier_plugin", context);
        isNowhere = plugin is not null && matcher is null;
        return matcher;
    }

    /// <summary>Null when it is not known, with an error noted unless it is optional.</summary>
    public static MatcherTree<ClusterSlot>? Decode(PluginProto plugin, string path, DecodeContext context)
    {
        var config = plugin.Extension?.TypedConfig;
        if (TypedConfigs.Open(config, out var bytes, out var fields) == Types + "matcher.v3.MatcherClusterSpecifier")
        {
            var matcher = TypedConfigs.Read(MatcherClusterSpecifier.Parser, bytes, fields).ClusterMatcher;
            if (matcher is not null)
            {
                return new MatcherTreeDecoder<ClusterSlot>(
                    (action, at) => DecodeAction(action, at, context), context)
                    .Decode(matcher, $"{path}.extension.cluster_matcher");
            }
            context.Error($"{path}.extension.cluster_matcher", "ROUTE_PLUGIN", "a matcher is required");
        }
        else if (!plugin.IsOptional)
        {
            TypedConfigs.ReportUnknown(plugin.Extension?.Name ?? "", config, $"{path}.extension", context);
        }
        return null;
    }

    private static ClusterSlot? DecodeAction(
        global::Xds.Core.V3.TypedExtensionConfig action, string path, DecodeContext context)
    {
        if (TypedConfigs.Open(action.TypedConfig, out var bytes, out var fields) != Types + "matcher.v3.ClusterAction")
        {
            TypedConfigs.ReportUnknown(action.Name, action.TypedConfig, path, context);
            return null;
        }
        var cluster = TypedConfigs.Read(ClusterAction.Parser, bytes, fields).Cluster;
        if (cluster.Length == 0)
        {
            context.Error($"{path}.cluster", "ROUTE_PLUGIN", "a cluster is required");
            return null;
        }
        return context.Cluster(cluster);
    }
}
