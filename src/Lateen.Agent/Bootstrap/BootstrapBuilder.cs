using System.Globalization;
using Istio.Mesh.V1Alpha1;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;

namespace Lateen.Agent.Bootstrap;

/// <summary>
/// Builds the configuration with which a proxy starts (envoy.config.bootstrap.v3.Bootstrap) as a tree, with Istio's
/// contents.
/// </summary>
public sealed class BootstrapBuilder
{
    private const string MaxConnectionsKey = "overload.global_downstream_max_connections";
    private const long MaxConnectionsDefault = 2_147_483_647;
    private const string DefaultCluster = "istio-proxy";

    private readonly BootstrapOptions _options;
    private readonly ProxyConfig _config;
    private readonly NodeMetadata _metadata;

    private BootstrapBuilder(BootstrapOptions options, ProxyConfig config, NodeMetadata metadata)
    {
        _options = options;
        _config = config;
        _metadata = metadata;
    }

    /// <summary>Builds the tree.</summary>
    public static YamlMapping Build(
        BootstrapOptions options, ProxyConfig config, AgentEnvironment environment, PodFacts pod)
    {
        var configTree = new MessageWriter(MessageWriteOptions.Default).ToNode(config);
        var metadata = NodeMetadata.Collect(options, config, configTree, environment, pod);
        return new BootstrapBuilder(options, config, metadata).Build();
    }

    private YamlMapping Build()
    {
        var clusters = new BootstrapClusters(_options, _config);
        return Tree.Map(
            ("application_log_config", BuildLogConfig()),
            ("node", BuildNode()),
            ("layered_runtime", BuildRuntime()),
            ("bootstrap_extensions", Tree.List(BuildInternalListener())),
            ("stats_flush_interval", Tree.TextOrNone(BootstrapStats.FlushInterval(_metadata.Annotations))),
            ("stats_eviction_interval", Tree.TextOrNone(BootstrapStats.EvictionInterval(_metadata.Annotations))),
            ("stats_config", BootstrapStats.Build(_options, _config, _metadata)),
            ("admin", BuildAdmin()),
            ("dynamic_resources", BuildDynamicResources()),
            ("static_resources", Tree.Map(
                ("clusters", clusters.Build()),
                ("listeners", BootstrapListeners.Build(_options, _config)))),
            ("overload_manager", BuildOverloadManager()),
            ("tracing", BootstrapTracing.Build(_config, NodeCluster)),
            ("stats_sinks", BootstrapStats.BuildSinks(_config)),
            ("cluster_manager", BuildClusterManager()),
            ("deferred_stat_options", Tree.Map(("enable_deferred_creation_stats", Tree.Flag(true)))));
    }

    /// <summary>Name of the service that the node belongs to, as spans and logs tell it.</summary>
    private string NodeCluster
    {
        get
        {
            var ns = _metadata.Text("NAMESPACE");
            var canonical = _metadata.Labels.GetValueOrDefault("service.istio.io/canonical-name", "");
            switch (_config.ClusterNameCase)
            {
                case ProxyConfig.ClusterNameOneofCase.TracingServiceName when canonical.Length > 0:
                    return _config.TracingServiceName == ProxyConfig.Types.TracingServiceName.CanonicalNameOnly
                        ? canonical
                        : $"{canonical}.{ns}";
                case ProxyConfig.ClusterNameOneofCase.ServiceCluster when _config.ServiceCluster != DefaultCluster:
                    return _config.ServiceCluster;
            }
            var app = _metadata.Labels.GetValueOrDefault("app", "");
            var workload = _metadata.Text("WORKLOAD_NAME");
            var name = app.Length > 0 ? app : workload;
            if (name.Length > 0)
            {
                return $"{name}.{ns}";
            }
            return ns.Length > 0 ? $"{DefaultCluster}.{ns}" : DefaultCluster;
        }
    }

    private YamlMapping BuildLogConfig() => Tree.Map(("log_format", _options.LogAsJson
        ? Tree.Map(("json_format", Tree.Map(
            ("time", Tree.Text("%Y-%m-%dT%T.%fZ")),
            ("level", Tree.Text("%l")),
            ("scope", Tree.Text("envoy %n")),
            ("caller", Tree.Text("%g:%#")),
            ("msg", Tree.Text("%j")),
            ("thread", Tree.Text("%t")))))
        : Tree.Map(("text_format", Tree.Text("%Y-%m-%dT%T.%fZ\t%l\tenvoy %n %g:%#\t%v\tthread=%t")))));

    private YamlMapping BuildNode()
    {
        var locality = _metadata.Labels.GetValueOrDefault(NodeMetadata.LocalityLabel, "").Split('/');
        return Tree.Map(
            ("id", Tree.Text(_options.NodeId ?? _options.Role.NodeId)),
            ("cluster", Tree.Text(NodeCluster)),
            ("locality", Tree.Map(
                ("region", Tree.TextOrNone(locality[0])),
                ("zone", Tree.TextOrNone(locality.Length > 1 ? locality[1] : "")),
                ("sub_zone", Tree.TextOrNone(locality.Length > 2 ? locality[2] : "")))),
            ("metadata", _metadata.ToTree()));
    }

    private YamlMapping BuildRuntime()
    {
        var values = new SortedDictionary<string, YamlNode>(StringComparer.Ordinal)
        {
            ["envoy.deprecated_features:envoy.config.listener.v3.Listener.hidden_envoy_deprecated_use_original_dst"] =
                Tree.Flag(true),
            ["re2.max_program_size.error_level"] = Tree.Text("32768"),
            ["envoy.reloadable_features.http_reject_path_with_fragment"] = Tree.Flag(false),
            ["envoy.reloadable_features.fixed_heap_use_allocated"] = Tree.Flag(true),
            ["envoy.reloadable_features.coalesce_lb_rebuilds_on_batch_update"] = Tree.Flag(false),
        };
        if (_options.CompliancePolicy.StartsWith("fips", StringComparison.Ordinal))
        {
            values["envoy.reloadable_features.google_grpc_disable_tls_13"] = Tree.Flag(true);
        }
        foreach (var (key, value) in _config.RuntimeValues)
        {
            values[key] = value switch
            {
                "true" => Tree.Flag(true),
                "false" => Tree.Flag(false),
                _ => Tree.Text(value),
            };
        }
        return Tree.Map(("layers", Tree.List(
            Tree.Map(("name", Tree.Text("global config")), ("static_layer", Tree.Map(values))),
            Tree.Map(("name", Tree.Text("admin")), ("admin_layer", Tree.Map())))));
    }

    private static YamlMapping BuildInternalListener() => Tree.Map(
        ("name", Tree.Text("envoy.bootstrap.internal_listener")),
        ("typed_config", Tree.Any(
            "udpa.type.v1.TypedStruct",
            ("type_url", Tree.Text(Tree.TypeUrl + "envoy.extensions.bootstrap.internal_listener.v3.InternalListener")),
            ("value", Tree.Map(("buffer_size_kb", Tree.Number(64)))))));

    private YamlMapping BuildAdmin() => Tree.Map(
        ("access_log", Tree.List(Tree.Extension(
            "envoy.access_loggers.file",
            "envoy.extensions.access_loggers.file.v3.FileAccessLog",
            ("path", Tree.Text("/dev/null"))))),
        ("profile_path", Tree.Text("/var/lib/istio/data/envoy.prof")),
        ("address", Tree.SocketAddress(_options.Role.Localhost, _config.ProxyAdminPort)));

    private YamlMapping BuildDynamicResources()
    {
        var source = Tree.Map(
            ("ads", Tree.Map()),
            ("initial_fetch_timeout", Tree.Text("0s")),
            ("resource_api_version", Tree.Text("V3")));
        return Tree.Map(
            ("lds_config", source),
            ("cds_config", source),
            ("ads_config", Tree.Map(
                ("api_type", Tree.Text(_options.DeltaDiscovery ? "DELTA_GRPC" : "GRPC")),
                ("set_node_on_first_message_only", Tree.Flag(true)),
                ("transport_api_version", Tree.Text("V3")),
                ("grpc_services", Tree.List(Tree.Map(
                    ("envoy_grpc", Tree.Map(("cluster_name", Tree.Text(BootstrapClusters.Discovery))))))))));
    }

    private YamlMapping BuildOverloadManager() => Tree.Map(("resource_monitors", Tree.List(Tree.Extension(
        "envoy.resource_monitors.global_downstream_max_connections",
        "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
        ("max_active_downstream_connections", Tree.Number(MaxConnections()))))));

    // Metadata counts before the connection settings, these before the runtime value.
    private long MaxConnections()
    {
        if (long.TryParse(_metadata.Text("GLOBAL_DOWNSTREAM_MAX_CONNECTIONS"), CultureInfo.InvariantCulture,
            out var value))
        {
            return value;
        }
        if (_config.ConnectionSettings?.GlobalDownstreamConnectionLimit is { } limit)
        {
            return limit;
        }
        return _config.RuntimeValues.TryGetValue(MaxConnectionsKey, out var text)
            && long.TryParse(text, CultureInfo.InvariantCulture, out value)
                ? value
                : MaxConnectionsDefault;
    }

    private YamlMapping? BuildClusterManager()
    {
        var loadStats = _metadata.Text("LOAD_STATS_CONFIG_JSON");
        var loadStatsConfig = loadStats.Length > 0 && YamlReader.Read(loadStats)
            is { Errors: [], Documents: [var node] }
            ? node
            : null;
        if (_options.OutlierLogPath.Length == 0 && loadStatsConfig is null)
        {
            return null;
        }
        return Tree.Map(
            ("outlier_detection", _options.OutlierLogPath.Length == 0
                ? null
                : Tree.Map(("event_log_path", Tree.Text(_options.OutlierLogPath)))),
            ("enable_deferred_cluster_creation", Tree.Flag(true)),
            ("load_stats_config", loadStatsConfig));
    }
}
