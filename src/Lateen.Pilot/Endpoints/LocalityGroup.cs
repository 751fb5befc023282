using Envoy.Config.Endpoint.V3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Endpoints;

/// <summary>Endpoints of one locality (and, with failover, one priority) while an assignment is put together.</summary>
internal sealed class LocalityGroup(Locality locality)
{
    public Locality Locality { get; } = locality;

    /// <summary>The endpoints, each with what it was made from.</summary>
    public List<(IstioEndpoint Source, LbEndpoint Endpoint)> Members { get; } = [];

    public uint Priority { get; set; }

    public uint? Weight { get; set; }

    public uint SumOfWeights()
    {
        ulong sum = 0;
        foreach (var (_, endpoint) in Members)
        {
            sum += endpoint.LoadBalancingWeight ?? 0;
        }
        return (uint)Math.Min(sum, uint.MaxValue);
    }

    public LocalityLbEndpoints Build()
    {
        var result = new LocalityLbEndpoints
        {
            Locality = new Envoy.Config.Core.V3.Locality
            {
                Region = Locality.Region,
                Zone = Locality.Zone,
                SubZone = Locality.SubZone,
            },
            Priority = Priority,
            LoadBalancingWeight = Weight,
        };
        result.LbEndpoints.AddRange(Members.Select(m => m.Endpoint));
        return result;
    }
}
