using System.Text;
using Envoy.Config.Core.V3;
using Lateen.Http;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Where a resource is to be discovered: <c>core.v3.ConfigSource</c>.</summary>
internal static class SourceDecoder
{
    /// <summary>Responses above this end the stream, unless the configuration names another limit.</summary>
    private const int MessageBytesDefault = 256 * 1024 * 1024;
    private const int TokensDefault = 100;
    private const double FillRateDefault = 10;
    private const string Code = "CONFIG_SOURCE";

    /// <summary>Notes an error for a name that is a locator: there are no authorities to ask.</summary>
    public static void RefuseLocator(string name, string path, DecodeContext context)
    {
        if (name.StartsWith("xdstp:", StringComparison.Ordinal))
        {
            context.Error(path, "XDSTP", "names of the form xdstp:// are not supported");
        }
    }

    /// <summary>Notes errors for what the bootstrap says of locators and authorities.</summary>
    public static void RefuseLocators(Envoy.Config.Bootstrap.V3.Bootstrap bootstrap, DecodeContext context)
    {
        RefuseLocator(bootstrap.DynamicResources?.CdsResourcesLocator ?? "",
            "dynamic_resources.cds_resources_locator", context);
        RefuseLocator(bootstrap.DynamicResources?.LdsResourcesLocator ?? "",
            "dynamic_resources.lds_resources_locator", context);
        if (bootstrap.ConfigSources.Count > 0 || bootstrap.DefaultConfigSource is not null)
        {
            context.Error("config_sources", "XDSTP", "sources of names of the form xdstp:// are not supported");
        }
    }

    /// <summary>The source of the clusters or listeners of a bootstrap, which lean on nothing that is
    /// discovered.</summary>
    public static DiscoverySource DecodeFirst(
        ConfigSource source, Envoy.Config.Bootstrap.V3.Bootstrap bootstrap, string path, DecodeContext context)
    {
        var decoded = Decode(source, path, context);
        if (source.ConfigSourceSpecifierCase == ConfigSource.ConfigSourceSpecifierOneofCase.Self)
        {
            context.Error($"{path}.self", Code, "there is no source around this one");
        }
        else if (source.ConfigSourceSpecifierCase == ConfigSource.ConfigSourceSpecifierOneofCase.Ads
            && bootstrap.DynamicResources?.AdsConfig is null)
        {
            context.Error($"{path}.ads", Code, "ADS is not configured: dynamic_resources.ads_config is missing");
        }
        else if (decoded.Api?.Target.Cluster.Name is { } name
            && bootstrap.StaticResources?.Clusters.Any(cluster => cluster.Name == name) != true)
        {
            context.Error($"{path}.api_config_source", Code, $"Unknown gRPC client cluster '{name}'");
        }
        return decoded;
    }

    /// <summary>The source; the aggregated stream with an error noted when it cannot be used.</summary>
    public static DiscoverySource Decode(ConfigSource? source, string path, DecodeContext context)
    {
        var timeout = Durations.Nanos(source?.InitialFetchTimeout, DiscoverySource.FetchTimeoutDefault);
        if (timeout < 0)
        {
            context.Error($"{path}.initial_fetch_timeout", Code, "Expected positive duration");
        }
        switch (source?.ConfigSourceSpecifierCase ?? ConfigSource.ConfigSourceSpecifierOneofCase.None)
        {
            case ConfigSource.ConfigSourceSpecifierOneofCase.Ads or ConfigSource.ConfigSourceSpecifierOneofCase.Self:
                return timeout == DiscoverySource.FetchTimeoutDefault
                    ? DiscoverySource.Ads
                    : DiscoverySource.Ads with { FetchTimeoutNanos = timeout };
            case ConfigSource.ConfigSourceSpecifierOneofCase.Path:
                return File(source!.Path, "", timeout, $"{path}.path", context);
            case ConfigSource.ConfigSourceSpecifierOneofCase.PathConfigSource:
                var file = source!.PathConfigSource;
                if (file.WatchedDirectory is { } folder && !Directory.Exists(folder.Path))
                {
                    context.Error($"{path}.path_config_source.watched_directory", Code,
                        $"unable to add filesystem watch for file {folder.Path}/: there is no such folder");
                }
                return File(
                    file.Path, file.WatchedDirectory?.Path ?? "", timeout, $"{path}.path_config_source.path", context);
            case ConfigSource.ConfigSourceSpecifierOneofCase.ApiConfigSource:
                return DecodeApi(source!.ApiConfigSource, timeout, $"{path}.api_config_source", context);
            default:
                context.Error(path, Code,
                    "Missing config source specifier in envoy::config::core::v3::ConfigSource",
                    "use ads, api_config_source or path_config_source");
                return DiscoverySource.Ads;
        }
    }

    /// <summary>The stream or polling of an API source; that of <c>ads_config</c> is one, too.</summary>
    public static DiscoverySource DecodeApi(ApiConfigSource api, long timeout, string path, DecodeContext context)
    {
        var kind = api.ApiType switch
        {
            ApiConfigSource.Types.ApiType.Grpc => DiscoveryKind.Grpc,
            ApiConfigSource.Types.ApiType.DeltaGrpc => DiscoveryKind.DeltaGrpc,
            ApiConfigSource.Types.ApiType.Rest => DiscoveryKind.Rest,
            _ => DiscoveryKind.Ads,
        };
        if (kind == DiscoveryKind.Ads)
        {
            context.Error($"{path}.api_type", Code, $"{api.ApiType} is not supported",
                "use GRPC, DELTA_GRPC or REST");
            return DiscoverySource.Ads;
        }
        if (api.TransportApiVersion == ApiVersion.V2)
        {
            context.Error($"{path}.transport_api_version", Code, "V2 is not supported any more", "use V3");
        }
        var target = kind == DiscoveryKind.Rest ? DecodeRest(api, path, context) : DecodeGrpc(api, path, context);
        if (target is null)
        {
            return DiscoverySource.Ads;
        }
        if (target.Cluster.Name == context.Resources.ProvidedCluster)
        {
            return DiscoverySource.Provided;
        }
        var retry = kind == DiscoveryKind.Rest ? null
            : api.GrpcServices[0].EnvoyGrpc.RetryPolicy?.RetryBackOff;
        var backoffBase = Durations.Nanos(retry?.BaseInterval, 500_000_000);
        if (retry?.MaxInterval is { } longest && Durations.Nanos(longest) < backoffBase)
        {
            context.Error($"{path}.grpc_services[0].envoy_grpc.retry_policy", Code,
                "max_interval must be greater than or equal to the base_interval");
        }
        return new DiscoverySource
        {
            Kind = kind,
            Key = $"{kind}:{target.Cluster.Name}:{Encoding.UTF8.GetString(target.Authority)}",
            FetchTimeoutNanos = timeout,
            Api = new DiscoveryApi
            {
                Target = target,
                TellsNodeOnce = api.SetNodeOnFirstMessageOnly,
                RequestTokens = api.RateLimitSettings is { } limit ? (int)(limit.MaxTokens ?? TokensDefault) : 0,
                RequestsPerSecond = api.RateLimitSettings?.FillRate ?? FillRateDefault,
                BackoffBase = Durations.TimerSpan(backoffBase),
                BackoffMax = Durations.TimerSpan(Durations.Nanos(
                    retry?.MaxInterval, retry is null ? 30_000_000_000 : backoffBase * 10)),
                RefreshDelay = Durations.TimerSpan(Durations.Nanos(api.RefreshDelay)),
                RequestTimeoutNanos = Durations.Nanos(api.RequestTimeout, 1_000_000_000),
            },
        };
    }

    private static GrpcServiceTarget? DecodeRest(ApiConfigSource api, string path, DecodeContext context)
    {
        if (api.ClusterNames.Count != 1)
        {
            context.Error($"{path}.cluster_names", Code,
                "API configs must have exactly one cluster name for REST");
            return null;
        }
        if (api.RefreshDelay is null)
        {
            context.Error($"{path}.refresh_delay", Code, "refresh_delay is required for REST");
            return null;
        }
        return new GrpcServiceTarget(
            context.Cluster(api.ClusterNames[0]), Encoding.UTF8.GetBytes(api.ClusterNames[0]), 0, []);
    }

    private static GrpcServiceTarget? DecodeGrpc(ApiConfigSource api, string path, DecodeContext context)
    {
        if (api.GrpcServices.Count == 0)
        {
            context.Error($"{path}.grpc_services", Code,
                "API configs must have at least one gRPC service specified");
            return null;
        }
        if (api.ClusterNames.Count > 0)
        {
            context.Error($"{path}.cluster_names", Code,
                $"{api.ApiType} must not have a cluster name specified: use grpc_services");
        }
        if (api.GrpcServices.Count > 1)
        {
            context.Error($"{path}.grpc_services", Code, "failover services are not supported");
            return null;
        }
        return DecodeService(api.GrpcServices[0], $"{path}.grpc_services[0]", context);
    }

    /// <summary>A gRPC service that is reached over the proxy's own clusters; null with an error noted.</summary>
    public static GrpcServiceTarget? DecodeService(GrpcService service, string path, DecodeContext context)
    {
        if (service.EnvoyGrpc is not { ClusterName.Length: > 0 } grpc)
        {
            context.Error(path, Code, "only envoy_grpc with a cluster_name is supported");
            return null;
        }
        return new GrpcServiceTarget(
            context.Cluster(grpc.ClusterName),
            Encoding.UTF8.GetBytes(grpc.Authority.Length > 0 ? grpc.Authority : grpc.ClusterName), 0,
            [.. service.InitialMetadata.Select(header =>
                (HeaderName.Create(header.Key), Encoding.UTF8.GetBytes(header.Value)))])
        {
            MessageBytesMax = grpc.MaxReceiveMessageLength is > 0 and var max
                ? (int)Math.Min(max, int.MaxValue)
                : MessageBytesDefault,
            SkipsEnvoyHeaders = grpc.SkipEnvoyHeaders,
        };
    }

    private static DiscoverySource File(
        string file, string folder, long timeout, string path, DecodeContext context)
    {
        if (!System.IO.File.Exists(file))
        {
            context.Error(path, Code,
                $"paths must refer to an existing path in the system: '{file}' does not exist");
        }
        return new DiscoverySource
        {
            Kind = DiscoveryKind.File,
            Key = $"file:{file}:{folder}",
            FetchTimeoutNanos = timeout,
            Path = file,
            WatchedFolder = folder,
        };
    }
}
