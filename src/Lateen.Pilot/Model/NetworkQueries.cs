using Istio.Mesh.V1Alpha1;
using Lateen.Pilot.Endpoints;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>The gateways of the mesh's networks (contract 13.2).</summary>
public sealed class NetworkQueries
{
    private const int DefaultGatewayPort = 15443;
    private readonly MeshModel _model;
    private readonly Query<string, EquatableArray<NetworkGateway>> _gateways;

    internal NetworkQueries(IncrementalGraph graph, MeshModel model)
    {
        _model = model;
        _gateways = graph.CreateQuery<string, EquatableArray<NetworkGateway>>("networkGateways", Compute);
    }

    /// <summary>All gateways that have an IP address, ordered by network, address and port.</summary>
    public EquatableArray<NetworkGateway> Gateways(QueryContext context) => _gateways.Get(context, "");

    private EquatableArray<NetworkGateway> Compute(QueryContext context, string key)
    {
        var gateways = new List<NetworkGateway>();
        foreach (var (name, network) in _model.Inputs.Networks(context).Networks)
        {
            foreach (var gateway in network.Gateways)
            {
                gateways.AddRange(Declared(context, name, gateway));
            }
        }
        foreach (var item in _model.Inputs.NetworkServices.Get(context, key))
        {
            gateways.AddRange(Labelled(item));
        }
        return gateways.Distinct().OrderBy(g => g.Network, StringComparer.Ordinal)
            .ThenBy(g => g.Address, StringComparer.Ordinal).ThenBy(g => g.Port).ToEquatable();
    }

    private IEnumerable<NetworkGateway> Declared(
        QueryContext context, string network, Network.Types.IstioNetworkGateway gateway)
    {
        var port = (int)gateway.Port;
        if (gateway.Address.Length > 0)
        {
            return IsAddress(gateway.Address) ? [new NetworkGateway(network, "", gateway.Address, port)] : [];
        }
        return _model.Inputs.ListingsByHost.Get(context, gateway.RegistryServiceName)
            .Select(l => _model.Services.Get(context, l.Key)).Where(s => s is not null)
            .SelectMany(s => s!.ExternalAddresses.Items).Where(IsAddress)
            .Select(a => new NetworkGateway(network, _model.Options.ClusterId, a, port));
    }

    private IEnumerable<NetworkGateway> Labelled(MeshObject item)
    {
        var service = KubernetesServices.Convert(item, _model.Options.DomainSuffix, "");
        var wanted = int.TryParse(item.Labels.Get(WellKnownLabels.GatewayPort), out var given) ? given
            : DefaultGatewayPort;
        if (service.PortOf(wanted) is null)
        {
            return [];
        }
        var cluster = item.Key.Cluster.Length > 0 ? item.Key.Cluster : _model.Options.ClusterId;
        var network = item.Labels.Get(WellKnownLabels.Network)!;
        return service.ExternalAddresses.Items.Where(IsAddress)
            .Select(a => new NetworkGateway(network, cluster, a, wanted));
    }

    private static bool IsAddress(string text) => System.Net.IPAddress.TryParse(text, out _);
}
