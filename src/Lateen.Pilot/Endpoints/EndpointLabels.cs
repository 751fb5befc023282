using Lateen.Pilot.Model;

namespace Lateen.Pilot.Endpoints;

/// <summary>Labels of endpoints and clients with those that the registry adds: where they are.</summary>
internal static class EndpointLabels
{
    public static string Of(IstioEndpoint endpoint, string key)
        => Topology(key, endpoint.Locality, endpoint.Network, endpoint.ClusterId, endpoint.NodeName)
            is { Length: > 0 } value
            ? value : endpoint.Labels.Get(key) ?? "";

    public static string Of(EndpointView client, string key)
        => Topology(key, client.Locality, client.Network, client.ClusterId, client.NodeName) is { Length: > 0 } value
            ? value : client.Labels.Get(key) ?? "";

    public static bool Matches(IstioEndpoint endpoint, Labels selector)
    {
        foreach (var (key, value) in selector.Items)
        {
            if (Of(endpoint, key) != value)
            {
                return false;
            }
        }
        return true;
    }

    private static string Topology(string key, Locality locality, string network, string cluster, string node)
    {
        return key switch
        {
            WellKnownLabels.Region => locality.Region,
            WellKnownLabels.Zone => locality.Zone,
            WellKnownLabels.SubZone => locality.SubZone,
            WellKnownLabels.Network => network,
            WellKnownLabels.Cluster => cluster,
            WellKnownLabels.Hostname => node,
            _ => "",
        };
    }
}
