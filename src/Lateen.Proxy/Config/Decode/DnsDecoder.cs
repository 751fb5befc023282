using System.Net;
using Envoy.Config.Core.V3;
using Google.Protobuf;
using Lateen.Proxy.Dns;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;
using DnsCacheConfig = Lateen.Proxy.Dns.DnsCacheConfig;
using DnsCacheProto = Envoy.Extensions.Common.DynamicForwardProxy.V3.DnsCacheConfig;

namespace Lateen.Proxy.Config.Decode;

/// <summary>How names are resolved: by clusters, and by caches for dynamic forward proxies.</summary>
internal static class DnsDecoder
{
    private const string Cares = "envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig";
    private const string System = "envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig";

    public static DnsConfig OfCluster(ClusterProto cluster, string path, DecodeContext context)
    {
        var refresh = Durations.Nanos(cluster.DnsRefreshRate, 5_000_000_000);
        var failure = cluster.DnsFailureRefreshRate;
        var failureBase = Durations.Nanos(failure?.BaseInterval, refresh);
        var config = new DnsConfig
        {
            RefreshNanos = refresh,
            JitterNanos = Durations.Nanos(cluster.DnsJitter),
            FailureBaseNanos = failureBase,
            FailureMaxNanos = Durations.Nanos(failure?.MaxInterval, failure is null ? failureBase : failureBase * 10),
            RespectTtl = cluster.RespectDnsTtl,
            Family = (int)cluster.DnsLookupFamily,
            UseTcp = cluster.UseTcpForDnsLookups,
            Servers = Servers(cluster.DnsResolvers, $"{path}.dns_resolvers", context),
        };
        if (refresh < 1_000_000)
        {
            context.Error($"{path}.dns_refresh_rate", "CLUSTER", "value must be greater than 1ms");
        }
        return WithResolver(
            config, cluster.DnsResolutionConfig, cluster.TypedDnsResolverConfig, $"{path}.typed_dns_resolver_config",
            context);
    }

    public static DnsCacheConfig? Cache(DnsCacheProto? cache, string path, DecodeContext context)
    {
        if (cache is null || cache.Name.Length == 0)
        {
            context.Error($"{path}.name", "CLUSTER", "a DNS cache needs a name");
            return null;
        }
        if (cache.KeyValueConfig is not null)
        {
            context.Error($"{path}.key_value_config", "CLUSTER", "a stored DNS cache is not supported");
        }
        var refresh = Durations.Nanos(cache.DnsRefreshRate, 60_000_000_000);
        var failureBase = Durations.Nanos(cache.DnsFailureRefreshRate?.BaseInterval, refresh);
        var dns = new DnsConfig
        {
            RefreshNanos = refresh,
            FailureBaseNanos = failureBase,
            FailureMaxNanos = Durations.Nanos(
                cache.DnsFailureRefreshRate?.MaxInterval,
                cache.DnsFailureRefreshRate is null ? failureBase : failureBase * 10),
            Family = (int)cache.DnsLookupFamily,
            UseTcp = cache.UseTcpForDnsLookups,
            QueryTimeoutNanos = Durations.Nanos(cache.DnsQueryTimeout, 5_000_000_000),
        };
        return new DnsCacheConfig
        {
            Name = cache.Name,
            Source = cache.ToByteString(),
            Dns = WithResolver(
                dns, cache.DnsResolutionConfig, cache.TypedDnsResolverConfig, $"{path}.typed_dns_resolver_config",
                context),
            HostTtlNanos = Durations.Nanos(cache.HostTtl, 300_000_000_000),
            HostsMax = (int)(cache.MaxHosts ?? 1024),
            PendingMax = (int)Math.Min(cache.DnsCacheCircuitBreaker?.MaxPendingRequests ?? 1024, int.MaxValue),
            MinRefreshNanos = Durations.Nanos(cache.DnsMinRefreshRate, 5_000_000_000),
            Preresolved = [.. cache.PreresolveHostnames.Select(name => (name.Address, (int)name.PortValue))],
        };
    }

    private static DnsConfig WithResolver(
        DnsConfig config, DnsResolutionConfig? resolution, TypedExtensionConfig? typed, string path,
        DecodeContext context)
    {
        if (resolution is not null)
        {
            config = config with
            {
                Servers = Servers(resolution.Resolvers, path, context),
                UseTcp = resolution.DnsResolverOptions?.UseTcpForDnsLookups ?? config.UseTcp,
            };
        }
        if (typed is null)
        {
            return config;
        }
        var type = TypedConfigs.Open(typed.TypedConfig, out var bytes, out var fields);
        if (type == Cares)
        {
            var cares = TypedConfigs.Read(
                Envoy.Extensions.Network.DnsResolver.Cares.V3.CaresDnsResolverConfig.Parser, bytes, fields);
            return config with
            {
                Servers = Servers(cares.Resolvers, $"{path}.typed_config.resolvers", context),
                UseTcp = cares.DnsResolverOptions?.UseTcpForDnsLookups ?? config.UseTcp,
            };
        }
        if (type != System)
        {
            TypedConfigs.ReportUnknown(typed.Name, typed.TypedConfig, path, context);
        }
        return config;
    }

    private static IPEndPoint[] Servers(IReadOnlyCollection<Address> addresses, string path, DecodeContext context)
    {
        var servers = new List<IPEndPoint>();
        foreach (var address in addresses)
        {
            if (address.SocketAddress is { } socket && IPAddress.TryParse(socket.Address, out var ip))
            {
                servers.Add(new IPEndPoint(ip, socket.PortValue == 0 ? 53 : (int)socket.PortValue));
            }
            else
            {
                context.Error(path, "CLUSTER", "DNS resolvers must be IP addresses");
            }
        }
        return [.. servers];
    }
}
