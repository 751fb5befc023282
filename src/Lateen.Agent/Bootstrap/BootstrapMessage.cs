using System.Globalization;
using Envoy.Config.Bootstrap.V3;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Metrics.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Http.Router.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Type.Matcher.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;

namespace Lateen.Agent.Bootstrap;

/// <summary>
/// The bootstrap as a message for the proxy within this process. It is built by hand out of the tree, because reading
/// it by descriptors would load the reflection data of Envoy's whole API into every sidecar. What only another process
/// needs (clusters of sockets, discovery through them, compression of its own metrics) is left out.
/// </summary>
internal static class BootstrapMessage
{
    private const string RouterFilter = "envoy.filters.http.router";

    public static Envoy.Config.Bootstrap.V3.Bootstrap Build(YamlMapping tree)
    {
        var bootstrap = new Envoy.Config.Bootstrap.V3.Bootstrap
        {
            Node = BuildNode(tree["node"]!),
            Admin = new Admin { Address = BuildAddress(tree["admin"]!["address"]!) },
            LayeredRuntime = new LayeredRuntime(),
            StatsConfig = BuildStats(tree["stats_config"]!),
            StaticResources = new Envoy.Config.Bootstrap.V3.Bootstrap.Types.StaticResources(),
        };
        bootstrap.DynamicResources = BuildDynamic(tree["dynamic_resources"]!);
        foreach (var layer in Items(tree["layered_runtime"]!["layers"]))
        {
            bootstrap.LayeredRuntime.Layers.Add(BuildLayer(layer));
        }
        foreach (var cluster in Items(tree["static_resources"]!["clusters"]))
        {
            if (BuildCluster(cluster) is { } built)
            {
                bootstrap.StaticResources.Clusters.Add(built);
            }
        }
        foreach (var listener in Items(tree["static_resources"]!["listeners"]))
        {
            bootstrap.StaticResources.Listeners.Add(BuildListener(listener));
        }
        return bootstrap;
    }

    public static Node BuildNode(YamlNode node) => new()
    {
        Id = node["id"]!.Text,
        Cluster = node["cluster"]!.Text,
        Locality = new Locality
        {
            Region = node["locality"]?["region"]?.Text ?? "",
            Zone = node["locality"]?["zone"]?.Text ?? "",
            SubZone = node["locality"]?["sub_zone"]?.Text ?? "",
        },
        Metadata = FreeForm.ToStruct((YamlMapping)node["metadata"]!),
    };

    private static Envoy.Config.Bootstrap.V3.Bootstrap.Types.DynamicResources BuildDynamic(YamlNode dynamic)
    {
        var source = new ConfigSource
        {
            Ads = new AggregatedConfigSource(),
            ResourceApiVersion = ApiVersion.V3,
            InitialFetchTimeout = new Duration(),
        };
        var ads = new ApiConfigSource
        {
            ApiType = dynamic["ads_config"]!["api_type"]!.Text == "GRPC"
                ? ApiConfigSource.Types.ApiType.Grpc
                : ApiConfigSource.Types.ApiType.DeltaGrpc,
            TransportApiVersion = ApiVersion.V3,
            SetNodeOnFirstMessageOnly = true,
        };
        ads.GrpcServices.Add(new GrpcService
        {
            EnvoyGrpc = new GrpcService.Types.EnvoyGrpc
            {
                ClusterName = BootstrapClusters.Discovery,
                MaxReceiveMessageLength = int.MaxValue,
            },
        });
        return new() { AdsConfig = ads, CdsConfig = source, LdsConfig = source };
    }

    private static RuntimeLayer BuildLayer(YamlNode layer) => layer["static_layer"] is YamlMapping values
        ? new RuntimeLayer { Name = layer["name"]!.Text, StaticLayer = FreeForm.ToStruct(values) }
        : new RuntimeLayer { Name = layer["name"]!.Text, AdminLayer = new RuntimeLayer.Types.AdminLayer() };

    private static StatsConfig BuildStats(YamlNode stats)
    {
        var config = new StatsConfig
        {
            UseAllDefaultTags = false,
            StatsMatcher = new StatsMatcher { InclusionList = new ListStringMatcher() },
        };
        foreach (var tag in Items(stats["stats_tags"]))
        {
            config.StatsTags.Add(new TagSpecifier { TagName = tag["tag_name"]!.Text, Regex = tag["regex"]!.Text });
        }
        foreach (var pattern in Items(stats["stats_matcher"]!["inclusion_list"]!["patterns"]))
        {
            config.StatsMatcher.InclusionList.Patterns.Add(BuildMatcher(pattern));
        }
        foreach (var buckets in Items(stats["histogram_bucket_settings"]))
        {
            var settings = new HistogramBucketSettings { Match = BuildMatcher(buckets["match"]!) };
            settings.Buckets.AddRange(Items(buckets["buckets"])
                .Select(b => double.Parse(b.Text!, CultureInfo.InvariantCulture)));
            config.HistogramBucketSettings.Add(settings);
        }
        return config;
    }

    private static StringMatcher BuildMatcher(YamlNode pattern)
    {
        if (pattern["prefix"] is { } prefix)
        {
            return new StringMatcher { Prefix = prefix.Text };
        }
        return pattern["suffix"] is { } suffix
            ? new StringMatcher { Suffix = suffix.Text }
            : new StringMatcher { SafeRegex = new RegexMatcher { Regex = pattern["safe_regex"]!["regex"]!.Text } };
    }

    // Null for those that are reached through sockets of the agent or that belong to tracers.
    private static Cluster? BuildCluster(YamlNode cluster)
    {
        var name = cluster["name"]!.Text!;
        if (name is not (BootstrapClusters.PrometheusStats or BootstrapClusters.Agent))
        {
            return null;
        }
        var endpoint = Items(Items(cluster["load_assignment"]!["endpoints"])[0]["lb_endpoints"])[0]["endpoint"]!;
        var locality = new LocalityLbEndpoints();
        locality.LbEndpoints.Add(new LbEndpoint
        {
            Endpoint = new Endpoint { Address = BuildAddress(endpoint["address"]!) },
        });
        var assignment = new ClusterLoadAssignment { ClusterName = name };
        assignment.Endpoints.Add(locality);
        return new Cluster
        {
            Name = name,
            AltStatName = name + ";",
            Type = Cluster.Types.DiscoveryType.Static,
            ConnectTimeout = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(250)),
            LoadAssignment = assignment,
        };
    }

    private static Listener BuildListener(YamlNode listener)
    {
        var filter = Items(Items(listener["filter_chains"])[0]["filters"])[0];
        var manager = BuildManager(filter["typed_config"]!);
        var chain = new FilterChain();
        chain.Filters.Add(new Envoy.Config.Listener.V3.Filter
        {
            Name = filter["name"]!.Text,
            TypedConfig = Pack(filter["typed_config"]!, manager),
        });
        var message = new Listener
        {
            Name = listener["name"]!.Text,
            Address = BuildAddress(listener["address"]!),
            IgnoreGlobalConnLimit = true,
            BypassOverloadManager = true,
        };
        message.FilterChains.Add(chain);
        foreach (var more in Items(listener["additionalAddresses"]))
        {
            message.AdditionalAddresses.Add(new AdditionalAddress { Address = BuildAddress(more["address"]!) });
        }
        return message;
    }

    private static HttpConnectionManager BuildManager(YamlNode config)
    {
        var host = Items(config["route_config"]!["virtual_hosts"])[0];
        var route = Items(host["routes"])[0];
        var virtualHost = new VirtualHost { Name = host["name"]!.Text };
        virtualHost.Domains.Add("*");
        virtualHost.Routes.Add(new Route
        {
            Match = new RouteMatch { Prefix = route["match"]!["prefix"]!.Text },
            Route_ = new RouteAction { Cluster = route["route"]!["cluster"]!.Text },
        });
        var manager = new HttpConnectionManager
        {
            CodecType = HttpConnectionManager.Types.CodecType.Auto,
            StatPrefix = config["stat_prefix"]!.Text,
            RouteConfig = new RouteConfiguration(),
        };
        manager.RouteConfig.VirtualHosts.Add(virtualHost);
        var router = Items(config["http_filters"]).Single(filter => filter["name"]!.Text == RouterFilter);
        manager.HttpFilters.Add(new HttpFilter
        {
            Name = RouterFilter,
            TypedConfig = Pack(router["typed_config"]!, new Router()),
        });
        return manager;
    }

    private static Any Pack(YamlNode config, IMessage message) =>
        new() { TypeUrl = config["@type"]!.Text, Value = message.ToByteString() };

    private static Address BuildAddress(YamlNode address) => new()
    {
        SocketAddress = new SocketAddress
        {
            Address = address["socket_address"]!["address"]!.Text,
            PortValue = uint.Parse(address["socket_address"]!["port_value"]!.Text!, CultureInfo.InvariantCulture),
        },
    };

    private static IReadOnlyList<YamlNode> Items(YamlNode? node) => node is YamlSequence list ? list.Items : [];
}
