using Istio.Mesh.V1Alpha1;
using Istio.Networking.V1Alpha3;

namespace Lateen.Pilot.Clusters;

/// <summary>Which traffic policy holds for a port and subset (API document 2.3). Pure; messages are never
/// changed.</summary>
public static class TrafficPolicies
{
    /// <summary>The policy of a port: its own settings in place of the general ones, not merged with them.</summary>
    public static TrafficPolicy? ForPort(TrafficPolicy? policy, int port, out bool isPortLevel)
    {
        isPortLevel = false;
        if (policy is null)
        {
            return null;
        }
        foreach (var settings in policy.PortLevelSettings)
        {
            if (settings.Port is not null && settings.Port.Number == (uint)port)
            {
                isPortLevel = true;
                return new TrafficPolicy
                {
                    ConnectionPool = settings.ConnectionPool,
                    LoadBalancer = settings.LoadBalancer,
                    OutlierDetection = settings.OutlierDetection,
                    Tls = settings.Tls,
                };
            }
        }
        return policy;
    }

    /// <summary>The policy of a subset: its blocks over those of the rule.</summary>
    public static TrafficPolicy? ForSubset(TrafficPolicy? general, TrafficPolicy? subset, int port)
    {
        general = ForPort(general, port, out _);
        if (subset is null)
        {
            return general;
        }
        subset = ForPort(subset, port, out var isPortLevel)!;
        if (general is null)
        {
            return subset;
        }
        // Settings of a port have no such blocks, and take the place of all others.
        return isPortLevel
            ? new TrafficPolicy
            {
                ConnectionPool = subset.ConnectionPool,
                LoadBalancer = subset.LoadBalancer,
                OutlierDetection = subset.OutlierDetection,
                Tls = subset.Tls,
                Tunnel = general.Tunnel,
                ProxyProtocol = general.ProxyProtocol,
                RetryBudget = general.RetryBudget,
            }
            : new TrafficPolicy
            {
                ConnectionPool = subset.ConnectionPool ?? general.ConnectionPool,
                LoadBalancer = subset.LoadBalancer ?? general.LoadBalancer,
                OutlierDetection = subset.OutlierDetection ?? general.OutlierDetection,
                Tls = subset.Tls ?? general.Tls,
                Tunnel = subset.Tunnel ?? general.Tunnel,
                ProxyProtocol = subset.ProxyProtocol ?? general.ProxyProtocol,
                RetryBudget = subset.RetryBudget ?? general.RetryBudget,
            };
    }

    /// <summary>Fills blocks that the rule leaves open with the mesh's.</summary>
    public static TrafficPolicy? OverMeshDefault(TrafficPolicy? policy, MeshConfig mesh)
    {
        ArgumentNullException.ThrowIfNull(mesh);
        var pool = mesh.DefaultTrafficPolicy?.ConnectionPool;
        var outlier = mesh.DefaultTrafficPolicy?.OutlierDetection;
        var takesPool = pool is not null && policy?.ConnectionPool is null;
        var takesOutlier = outlier is not null && policy?.OutlierDetection is null;
        if (!takesPool && !takesOutlier)
        {
            return policy;
        }
        return new TrafficPolicy
        {
            ConnectionPool = policy?.ConnectionPool ?? pool,
            OutlierDetection = policy?.OutlierDetection ?? outlier,
            LoadBalancer = policy?.LoadBalancer,
            Tls = policy?.Tls,
            Tunnel = policy?.Tunnel,
            ProxyProtocol = policy?.ProxyProtocol,
            RetryBudget = policy?.RetryBudget,
        };
    }

    /// <summary>The TLS mode that the rule asks for at a port of a subset; null when it says nothing.</summary>
    public static ClientTLSSettings.Types.TLSmode? TlsMode(DestinationRule? rule, string subset, int port)
    {
        if (rule is null)
        {
            return null;
        }
        if (subset.Length == 0)
        {
            return TlsMode(rule.TrafficPolicy, port);
        }
        var found = rule.Subsets.FirstOrDefault(s => s.Name == subset);
        return found is null ? null : TlsMode(found.TrafficPolicy, port) ?? TlsMode(rule.TrafficPolicy, port);
    }

    private static ClientTLSSettings.Types.TLSmode? TlsMode(TrafficPolicy? policy, int port)
    {
        var atPort = policy?.PortLevelSettings.FirstOrDefault(s => s.Port?.Number == (uint)port && s.Tls is not null);
        return atPort?.Tls.Mode ?? policy?.Tls?.Mode;
    }
}
