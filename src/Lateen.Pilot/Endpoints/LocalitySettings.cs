using Envoy.Config.Cluster.V3;
using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Endpoints;

/// <summary>
/// The locality settings in force for a destination: the rule's, else what the service's traffic distribution implies,
/// else the mesh's (contract 8.4).
/// </summary>
/// <param name="Locality">Weights or failover by locality; null when the zone-aware kind holds.</param>
/// <param name="ZoneAware">Zone-aware balancing by the proxy; null otherwise.</param>
/// <param name="Force">Failover needs no outlier detection, because the platform tells health.</param>
public sealed record LocalitySettings(
    LocalityLoadBalancerSetting? Locality, ZoneAwareLoadBalancerSetting? ZoneAware, bool Force)
{
    private static readonly LocalityLoadBalancerSetting _sameZone = new()
    {
        Enabled = true,
        FailoverPriority = { WellKnownLabels.Network, WellKnownLabels.Region, WellKnownLabels.Zone },
    };

    private static readonly LocalityLoadBalancerSetting _sameNode = new()
    {
        Enabled = true,
        FailoverPriority =
        {
            WellKnownLabels.Network, WellKnownLabels.Region, WellKnownLabels.Zone, WellKnownLabels.SubZone,
            WellKnownLabels.Hostname,
        },
    };

    /// <summary>Zone-aware balancing that is not switched off.</summary>
    public bool IsZoneAwareOn => ZoneAware is not null && ZoneAware.Enabled != false;

    /// <summary>Labels of the client that failover looks at.</summary>
    public IReadOnlyList<string> FailoverPriority
        => ZoneAware is not null ? (IsZoneAwareOn ? ZoneAware.FailoverPriority : []) : Locality?.FailoverPriority ?? [];

    /// <summary>The settings in force, or null for none.</summary>
    public static LocalitySettings? For(MeshConfig mesh, LoadBalancerSettings? rule, Service service)
    {
        ArgumentNullException.ThrowIfNull(mesh);
        ArgumentNullException.ThrowIfNull(service);
        if (rule?.ZoneAwareLbSetting is { } zoneAware)
        {
            return new LocalitySettings(null, zoneAware, false);
        }
        if (rule?.LocalityLbSetting is { } locality)
        {
            return locality.Enabled == false ? null : new LocalitySettings(locality, null, false);
        }
        switch (service.TrafficDistribution)
        {
            case "PreferSameZone":
                return new LocalitySettings(_sameZone, null, true);
            case "PreferSameNode":
                return new LocalitySettings(_sameNode, null, true);
        }
        if (mesh.ZoneAwareLbSetting is { } meshZoneAware)
        {
            return new LocalitySettings(null, meshZoneAware, false);
        }
        return mesh.LocalityLbSetting is { } meshLocality && meshLocality.Enabled != false
            ? new LocalitySettings(meshLocality, null, false) : null;
    }

    /// <summary>Whether the assignment of endpoints depends on where the client stands.</summary>
    public bool Orders(bool hasOutlierDetection)
        => ZoneAware is not null ? IsZoneAwareOn : Locality!.Distribute.Count > 0 || Force || hasOutlierDetection;

    internal void ApplyTo(Cluster cluster)
    {
        if (ZoneAware is not null)
        {
            cluster.CommonLbConfig.ZoneAwareLbConfig = new Cluster.Types.CommonLbConfig.Types.ZoneAwareLbConfig
            {
                RoutingEnabled = IsZoneAwareOn ? null : new Envoy.Type.V3.Percent(),
                MinClusterSize = ZoneAware.MinClusterSize,
            };
            return;
        }
        var failover = Force || cluster.OutlierDetection is not null;
        if (Locality!.Distribute.Count > 0
            || (failover && (Locality.Failover.Count > 0 || Locality.FailoverPriority.Count > 0)))
        {
            cluster.CommonLbConfig.LocalityWeightedLbConfig = new();
        }
    }
}
