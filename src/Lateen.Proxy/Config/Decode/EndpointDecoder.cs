using Envoy.Config.Endpoint.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Dns;
using HealthStatus = Envoy.Config.Core.V3.HealthStatus;
using Locality = Lateen.Proxy.Clusters.Locality;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Assignments of endpoints.</summary>
internal static class EndpointDecoder
{
    private const uint PriorityMax = 128;

    /// <summary>Hosts of an assignment whose addresses are IP addresses or sockets.</summary>
    public static List<HostSpec> Decode(ClusterLoadAssignment assignment, string path, DecodeContext context)
    {
        var hosts = new List<HostSpec>();
        foreach (var (endpoint, attributes, at) in Enumerate(assignment, path, context))
        {
            var whole = attributes with
            {
                HealthCheck = HealthCheckOf(endpoint, at, context),
                AdditionalAddresses = [.. endpoint.AdditionalAddresses.Select((other, i) => AddressDecoder.Decode(
                    other.Address, $"{at}.endpoint.additional_addresses[{i}]", context))],
            };
            hosts.Add(new HostSpec(
                AddressDecoder.Decode(endpoint.Address, $"{at}.endpoint.address", context), endpoint.Hostname,
                whole.Metadata is null ? context.Share(whole) : whole));
        }
        return hosts;
    }

    /// <summary>Names and ports of an assignment that DNS is to resolve.</summary>
    public static List<DnsTarget> DecodeNames(ClusterLoadAssignment assignment, string path, DecodeContext context)
    {
        var targets = new List<DnsTarget>();
        foreach (var (endpoint, attributes, at) in Enumerate(assignment, path, context))
        {
            if (endpoint.Address?.SocketAddress is not { } socket)
            {
                context.Error($"{at}.endpoint.address", "CLUSTER", "DNS clusters need socket addresses");
                continue;
            }
            targets.Add(new DnsTarget(
                socket.Address, (int)socket.PortValue, endpoint.Hostname,
                attributes with { HealthCheck = HealthCheckOf(endpoint, at, context) }));
        }
        return targets;
    }

    /// <summary>Requests that the assignment's policy drops.</summary>
    public static Routing.FractionalPercent DropShareOf(ClusterLoadAssignment? assignment)
    {
        var drops = assignment?.Policy?.DropOverloads;
        return drops is { Count: > 0 }
            ? MatcherDecoder.DecodePercent(drops[0].DropPercentage)
            : new Routing.FractionalPercent(0, 100);
    }

    /// <summary>What the drops are called in load reports; empty: nothing.</summary>
    public static string DropCategoryOf(ClusterLoadAssignment? assignment) =>
        assignment?.Policy?.DropOverloads is { Count: > 0 } drops ? drops[0].Category : "";

    /// <summary>Factor by which healthy hosts count more; 1.4 by default.</summary>
    public static double OverprovisioningOf(ClusterLoadAssignment assignment) =>
        (assignment.Policy?.OverprovisioningFactor ?? 140) / 100.0;

    private static IEnumerable<(Endpoint Endpoint, HostAttributes Attributes, string Path)> Enumerate(
        ClusterLoadAssignment assignment, string path, DecodeContext context)
    {
        for (var i = 0; i < assignment.Endpoints.Count; i++)
        {
            var locality = assignment.Endpoints[i];
            if (locality.Priority > PriorityMax)
            {
                context.Error(
                    $"{path}.endpoints[{i}].priority", "ENDPOINTS", "value must be less than or equal to 128");
                continue;
            }
            var place = locality.Locality is { } l
                ? context.Share(new Locality(l.Region, l.Zone, l.SubZone))
                : Locality.None;
            for (var j = 0; j < locality.LbEndpoints.Count; j++)
            {
                var entry = locality.LbEndpoints[j];
                var at = $"{path}.endpoints[{i}].lb_endpoints[{j}]";
                if (entry.LoadBalancingWeight == 0)
                {
                    context.Error(
                        $"{at}.load_balancing_weight", "ENDPOINTS", "value must be greater than or equal to 1");
                }
                var endpoint = entry.HostIdentifierCase == LbEndpoint.HostIdentifierOneofCase.EndpointName
                    ? assignment.NamedEndpoints.GetValueOrDefault(entry.EndpointName)
                    : entry.Endpoint;
                if (endpoint is null)
                {
                    context.Error(at, "ENDPOINTS", "an endpoint is required");
                    continue;
                }
                var attributes = AttributesOf(entry, locality, place, context);
                if (entry.Metadata is { TypedFilterMetadata.Count: > 0 })
                {
                    attributes = attributes with { ProxyTlvs = ProxyTlvDecoder.OfHost(entry.Metadata, at, context) };
                }
                yield return (endpoint, attributes, at);
            }
        }
    }

    private static HostHealthCheck HealthCheckOf(Endpoint endpoint, string at, DecodeContext context) =>
        endpoint.HealthCheckConfig is not { } check
        ? HostHealthCheck.Default
        : new HostHealthCheck(
            check.Address is null
                ? default
                : AddressDecoder.Decode(check.Address, $"{at}.endpoint.health_check_config.address", context),
            (int)check.PortValue, check.Hostname, check.DisableActiveHealthCheck);

    private static HostAttributes AttributesOf(
        LbEndpoint entry, LocalityLbEndpoints locality, Locality place, DecodeContext context)
    {
        var metadata = entry.Metadata?.FilterMetadata;
        var lb = metadata?.GetValueOrDefault("envoy.lb");
        var istio = metadata?.GetValueOrDefault("istio");
        var socketMatch = metadata?.GetValueOrDefault("envoy.transport_socket_match")
            ?? locality.Metadata?.FilterMetadata.GetValueOrDefault("envoy.transport_socket_match");
        return new HostAttributes
        {
            Locality = place,
            Priority = (int)locality.Priority,
            Weight = entry.LoadBalancingWeight ?? 1,
            LocalityWeight = locality.LoadBalancingWeight ?? 0,
            TransportSocketMatch = socketMatch is null ? null : context.Share(socketMatch),
            Metadata = MatcherDecoder.DecodeMetadataMap(entry.Metadata, context),
            Canary = lb?.Fields.GetValueOrDefault("canary")?.BoolValue ?? false,
            HashKey = Text(lb, "hash_key"),
            IstioWorkload = Text(istio, "workload"),
            EdsHealth = entry.HealthStatus switch
            {
                HealthStatus.Unhealthy or HealthStatus.Timeout => HealthFlags.FailedEdsHealth,
                HealthStatus.Draining => HealthFlags.EdsStatusDraining,
                HealthStatus.Degraded => HealthFlags.DegradedEdsHealth,
                _ => HealthFlags.None,
            },
        };
    }

    private static string Text(Struct? fields, string key) =>
        fields is not null && fields.Fields.TryGetValue(key, out var value) ? value.StringValue : "";
}
