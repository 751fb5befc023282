using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Lateen.Pilot.Endpoints;
using Lateen.Pilot.Model;
using Settings = Istio.Networking.V1Alpha3.LoadBalancerSettings;

namespace Lateen.Pilot.Clusters;

/// <summary>Load balancing of a rule as Envoy's; least request where nothing is said.</summary>
internal static class LoadBalancers
{
    /// <summary>Applies the balancer. The locality settings were found before, because the endpoints need them
    /// too.</summary>
    public static void Apply(Cluster cluster, Service service, Settings? settings, LocalitySettings? locality,
        bool unhealthySent)
    {
        if (cluster.LbPolicy == Cluster.Types.LbPolicy.ClusterProvided)
        {
            return;
        }
        if (cluster.CommonLbConfig.HealthyPanicThreshold is null && (unhealthySent || service.HasTrafficDistribution))
        {
            // Hosts that are known to be unhealthy must not get traffic when most are.
            cluster.CommonLbConfig.HealthyPanicThreshold = new Envoy.Type.V3.Percent();
        }
        locality?.ApplyTo(cluster);
        if (cluster.Type == Cluster.Types.DiscoveryType.OriginalDst)
        {
            cluster.LbPolicy = Cluster.Types.LbPolicy.ClusterProvided;
            return;
        }
        switch (settings?.Simple ?? Settings.Types.SimpleLB.Unspecified)
        {
            case Settings.Types.SimpleLB.Random:
                cluster.LbPolicy = Cluster.Types.LbPolicy.Random;
                break;
            case Settings.Types.SimpleLB.RoundRobin:
                cluster.LbPolicy = Cluster.Types.LbPolicy.RoundRobin;
                if (SlowStart(settings) is { } start)
                {
                    cluster.RoundRobinLbConfig = new Cluster.Types.RoundRobinLbConfig { SlowStartConfig = start };
                }
                break;
            case Settings.Types.SimpleLB.Passthrough:
                cluster.LbPolicy = Cluster.Types.LbPolicy.ClusterProvided;
                cluster.Type = Cluster.Types.DiscoveryType.OriginalDst;
                cluster.LoadAssignment = null;
                break;
            default:
                cluster.LbPolicy = Cluster.Types.LbPolicy.LeastRequest;
                if (SlowStart(settings) is { } slow)
                {
                    cluster.LeastRequestLbConfig = new Cluster.Types.LeastRequestLbConfig { SlowStartConfig = slow };
                }
                break;
        }
        ApplyConsistentHash(cluster, settings?.ConsistentHash);
    }

    private static void ApplyConsistentHash(Cluster cluster, Settings.Types.ConsistentHashLB? hash)
    {
        if (hash is null)
        {
            return;
        }
        if (hash.Maglev is not null)
        {
            cluster.LbPolicy = Cluster.Types.LbPolicy.Maglev;
            if (hash.Maglev.TableSize != 0)
            {
                cluster.MaglevLbConfig = new Cluster.Types.MaglevLbConfig { TableSize = hash.Maglev.TableSize };
            }
            return;
        }
        cluster.LbPolicy = Cluster.Types.LbPolicy.RingHash;
#pragma warning disable CS0612 // The older place of the ring's size is still read.
        ulong minimum = hash.RingHash is not null ? hash.RingHash.MinimumRingSize
            : hash.MinimumRingSize != 0 ? hash.MinimumRingSize : 1024;
#pragma warning restore CS0612
        if (minimum != 0)
        {
            cluster.RingHashLbConfig = new Cluster.Types.RingHashLbConfig { MinimumRingSize = minimum };
        }
    }

    private static Cluster.Types.SlowStartConfig? SlowStart(Settings? settings)
    {
        if (settings?.Warmup is { } warmup)
        {
            return new Cluster.Types.SlowStartConfig
            {
                SlowStartWindow = warmup.Duration,
                Aggression = new RuntimeDouble { DefaultValue = warmup.Aggression ?? 1, RuntimeKey = "(" },
                MinWeightPercent = new Envoy.Type.V3.Percent { Value = warmup.MinimumPercent ?? 10 },
            };
        }
        return settings?.WarmupDurationSecs is { } seconds
            ? new Cluster.Types.SlowStartConfig { SlowStartWindow = seconds } : null;
    }
}
