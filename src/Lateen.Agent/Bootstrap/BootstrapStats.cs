using Istio.Mesh.V1Alpha1;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;

namespace Lateen.Agent.Bootstrap;

/// <summary>Statistics in the bootstrap: which are kept, their tags, histograms, sinks.</summary>
internal static class BootstrapStats
{
    private const string AnnotationPrefix = "sidecar.istio.io/";

    private static readonly TimeSpan _flushIntervalDefault = TimeSpan.FromSeconds(5);

    // Group 1 is cut out of the name, group 2 is the tag's value.
    private static readonly (string Name, string Regex)[] _tagsBefore =
    [
        ("cluster_name", """^cluster(\.(.+);)"""),
        ("http_conn_manager_prefix", """^http\.(((?:[_.[:digit:]\w]*|[_\[\]aAbBcCdDeEfF[:digit:]\w\:]*));\.)"""),
        ("thread_name", """^server(\.(.+))\.watchdog"""),
        ("tcp_prefix", """^tcp\.((.*?)\.)\w+?$"""),
        ("response_code", """_rq(_(\d{3}))$"""),
        ("response_code_class", """_rq(_(\dxx))$"""),
        ("http_conn_manager_listener_prefix",
            """^listener(?=\.).*?\.http\.(((?:[_.[:digit:]]*|[_\[\]aAbBcCdDeEfF[:digit:]]*))\.)"""),
        ("listener_address", """^listener\.(((?:[_.[:digit:]]*|[_\[\]aAbBcCdDeEfF[:digit:]]*))\.)"""),
        ("mongo_prefix", """^mongo\.(.+?)\.(collection|cmd|cx_|op_|delays_|decoding_)(.*?)$"""),
    ];

    private static readonly (string Name, string Regex)[] _tagsAfter =
    [
        ("cache", """(cache\.(.+?)\.)"""),
        ("component", """(component\.(.+?)\.)"""),
        ("tag", """(tag\.(.+?);\.)"""),
        ("wasm_filter", """(wasm_filter\.(.+?)\.)"""),
        ("authz_enforce_result", """rbac(\.(allowed|denied))"""),
        ("authz_dry_run_action", """(\.istio_dry_run_(allow|deny)_)"""),
        ("authz_dry_run_result", """(\.shadow_(allowed|denied))"""),
    ];

    public static YamlMapping Build(BootstrapOptions options, ProxyConfig config, NodeMetadata metadata) => Tree.Map(
        ("use_all_default_tags", Tree.Flag(false)),
        ("stats_tags", Tree.List(BuildTags(config, metadata.Annotations))),
        ("histogram_bucket_settings", BuildHistograms(metadata.Annotations)),
        ("stats_matcher", Tree.Map(("inclusion_list", Tree.Map(
            ("patterns", Tree.List(BuildPatterns(options, config, metadata.Annotations))))))));

    /// <summary>As the annotation says, in seconds; empty where it is not set or no duration of whole
    /// seconds.</summary>
    public static string FlushInterval(IReadOnlyDictionary<string, string> annotations) =>
        ReadInterval(annotations, "statsFlushInterval") is { } interval ? $"{interval.TotalSeconds:F0}s" : "";

    /// <summary>As the annotation says; empty where it is not set or no multiple of the flush interval.</summary>
    public static string EvictionInterval(IReadOnlyDictionary<string, string> annotations)
    {
        var flush = ReadInterval(annotations, "statsFlushInterval") ?? _flushIntervalDefault;
        return ReadInterval(annotations, "statsEvictionInterval") is { } eviction && eviction.Ticks % flush.Ticks == 0
            ? $"{eviction.TotalSeconds:F0}s"
            : "";
    }

    public static YamlSequence? BuildSinks(ProxyConfig config)
    {
        List<YamlNode> sinks = [];
        if (config.EnvoyMetricsService is { Address.Length: > 0 })
        {
            sinks.Add(Tree.Extension(
                "envoy.stat_sinks.metrics_service",
                "envoy.config.metrics.v3.MetricsServiceConfig",
                ("transport_api_version", Tree.Text("V3")),
                ("grpc_service", Tree.Map(
                    ("envoy_grpc", Tree.Map(("cluster_name", Tree.Text(BootstrapClusters.MetricsService))))))));
        }
        if (config.StatsdUdpAddress.Length > 0)
        {
            var (host, port) = BootstrapClusters.SplitAddress(config.StatsdUdpAddress);
            sinks.Add(Tree.Extension(
                "envoy.stat_sinks.statsd",
                "envoy.config.metrics.v3.StatsdSink",
                ("address", Tree.SocketAddress(host, port))));
        }
        return sinks.Count == 0 ? null : Tree.List(sinks);
    }

    private static IEnumerable<YamlNode> BuildTags(ProxyConfig config, IReadOnlyDictionary<string, string> annotations)
    {
        var extra = config.ExtraStatTags.Concat(Split(annotations, "extraStatTags")).Distinct();
        return _tagsBefore
            .Concat(extra.Select(name => (name, $"""({name}=\.=(.*?);\.;)""")))
            .Concat(_tagsAfter)
            .Select(tag => Tree.Map(("tag_name", Tree.Text(tag.Item1)), ("regex", Tree.Text(tag.Item2))));
    }

    private static IEnumerable<YamlNode> BuildPatterns(
        BootstrapOptions options, ProxyConfig config, IReadOnlyDictionary<string, string> annotations)
    {
        var matcher = config.ProxyStatsMatcher;
        var prefixes = ExpandPodIps(
            Or(Split(annotations, "statsInclusionPrefixes"), matcher?.InclusionPrefixes), options.InstanceIps);
        var suffixes = Or(Split(annotations, "statsInclusionSuffixes"), matcher?.InclusionSuffixes);
        var regexps = Or(Split(annotations, "statsInclusionRegexps"), matcher?.InclusionRegexps);
        IEnumerable<string> ownSuffixes = ["rbac.allowed", "rbac.denied", "shadow_allowed", "shadow_denied"];
        if (options.ExitOnZeroActiveConnections)
        {
            ownSuffixes = ownSuffixes.Append("downstream_cx_active");
        }
        IEnumerable<string> ownPrefixes = ["cluster_manager", "listener_manager", "server", "cluster.xds-grpc", "wasm"];
        return Matchers("prefix", prefixes.Prepend("reporter=").Concat(ownPrefixes))
            .Concat(Matchers("suffix", suffixes.Concat(ownSuffixes)))
            .Concat(regexps.Append("""vhost\..*\.route\..*""")
                .Select(regex => Tree.Map(("safe_regex", Tree.Map(("regex", Tree.Text(regex)))))))
            .Concat(Matchers("prefix", ["component", "istio"]));
    }

    private static IEnumerable<YamlNode> Matchers(string kind, IEnumerable<string> values) =>
        values.Select(value => Tree.Map((kind, Tree.Text(value))));

    private static YamlSequence? BuildHistograms(IReadOnlyDictionary<string, string> annotations)
    {
        if (!annotations.TryGetValue(AnnotationPrefix + "statsHistogramBuckets", out var text)
            || YamlReader.Read(text) is not { Errors: [], Documents: [YamlMapping buckets] })
        {
            return null;
        }
        return Tree.List(buckets.Entries
            .OrderBy(entry => entry.Key.Value, StringComparer.Ordinal)
            .Select(entry => Tree.Map(
                ("match", Tree.Map(("prefix", Tree.Text(entry.Key.Value)))),
                ("buckets", entry.Value))));
    }

    private static TimeSpan? ReadInterval(IReadOnlyDictionary<string, string> annotations, string name)
    {
        return annotations.TryGetValue(AnnotationPrefix + name, out var text)
            && DurationText.TryParse(text, goForm: true, out var interval)
            && interval is { Seconds: > 0, Nanos: 0 }
                ? TimeSpan.FromSeconds(interval.Seconds)
                : null;
    }

    private static string[] Split(IReadOnlyDictionary<string, string> annotations, string name) =>
        annotations.GetValueOrDefault(AnnotationPrefix + name, "").Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Or(string[] first, IEnumerable<string>? second) =>
        first.Length > 0 ? first : second ?? [];

    // An entry with {pod_ip} stands for one entry per address.
    private static IEnumerable<string> ExpandPodIps(IEnumerable<string> values, IReadOnlyList<string> addresses) =>
        values.SelectMany(value => value.Contains("{pod_ip}", StringComparison.Ordinal)
            ? addresses.Distinct().Select(ip => value.Replace("{pod_ip}", ip, StringComparison.Ordinal))
            : [value]);
}
