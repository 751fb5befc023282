using Envoy.Config.Endpoint.V3;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Endpoints;

/// <summary>
/// Replaces endpoints of other networks by the gateways there (contract 8.3): only those that speak mutual TLS, because
/// the gateway chooses by server name; weights are scaled so that they divide evenly among gateways.
/// </summary>
internal sealed class NetworkCrossing
{
    private readonly EquatableArray<NetworkGateway> _gateways;
    private readonly EndpointView _client;
    private readonly uint _scale;

    public NetworkCrossing(EquatableArray<NetworkGateway> gateways, EndpointView client)
    {
        _gateways = gateways;
        _client = client;
        _scale = gateways.Items.GroupBy(g => g.Network).Select(g => (uint)g.Count())
            .Concat(gateways.Items.GroupBy(g => (g.Network, g.Cluster)).Select(g => (uint)g.Count()))
            .Aggregate(1u, LeastCommonMultiple);
    }

    public bool IsNeeded => !_gateways.IsEmpty;

    public LocalityGroup Apply(LocalityGroup group)
    {
        var result = new LocalityGroup(group.Locality) { Priority = group.Priority };
        var byGateway = new Dictionary<NetworkGateway, uint>();
        foreach (var (source, endpoint) in group.Members)
        {
            endpoint.LoadBalancingWeight =
                (uint)Math.Min((ulong)(endpoint.LoadBalancingWeight ?? 1) * _scale, uint.MaxValue);
            var gateways = GatewaysOf(source.Network, source.ClusterId);
            var force = _client.Network.Length == 0 && source.Network.Length > 0 && gateways.Count > 0;
            var inNetwork = source.Network.Length == 0 || _client.Network.Length == 0
                || source.Network == _client.Network;
            if (!force && (inNetwork || gateways.Count == 0))
            {
                result.Members.Add((source, endpoint));
                continue;
            }
            var reachable = gateways.Where(IsReachable).ToList();
            if (reachable.Count == 0 || !AssignmentBuilder.IsMutualTls(endpoint))
            {
                continue;
            }
            foreach (var gateway in reachable)
            {
                byGateway[gateway] = byGateway.GetValueOrDefault(gateway)
                    + ((endpoint.LoadBalancingWeight ?? 1) / (uint)reachable.Count);
            }
        }
        foreach (var (gateway, weight) in byGateway.OrderBy(g => g.Key.Address, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Port))
        {
            result.Members.Add((SourceOf(gateway), Encode(gateway, Math.Max(weight, 1))));
        }
        result.Weight = result.Members.Count == 0 ? null : result.SumOfWeights();
        return result;
    }

    private List<NetworkGateway> GatewaysOf(string network, string cluster)
    {
        var ofCluster = _gateways.Items.Where(g => g.Network == network && g.Cluster == cluster).ToList();
        return ofCluster.Count > 0 ? ofCluster : _gateways.Items.Where(g => g.Network == network).ToList();
    }

    private bool IsReachable(NetworkGateway gateway)
    {
        var isV6 = gateway.Address.Contains(':', StringComparison.Ordinal);
        return _client.IpFamilies == IpFamilies.Dual
            || _client.IpFamilies.HasFlag(isV6 ? IpFamilies.V6 : IpFamilies.V4);
    }

    private static IstioEndpoint SourceOf(NetworkGateway gateway) => new()
    {
        Address = gateway.Address,
        Port = gateway.Port,
        ServicePortName = "",
        Network = gateway.Network,
        ClusterId = gateway.Cluster,
    };

    private static LbEndpoint Encode(NetworkGateway gateway, uint weight) => new()
    {
        Endpoint = new Endpoint { Address = AssignmentBuilder.AddressOf(gateway.Address, gateway.Port) },
        LoadBalancingWeight = weight,
        Metadata = AssignmentBuilder.MetadataOf(true, "", "", Labels.Empty, gateway.Cluster),
    };

    private static uint LeastCommonMultiple(uint a, uint b)
    {
        var (x, y) = (a, b);
        while (y != 0)
        {
            (x, y) = (y, x % y);
        }
        return a / x * b;
    }
}
