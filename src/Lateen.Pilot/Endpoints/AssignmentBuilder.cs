using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Endpoints;

/// <summary>Puts the endpoints of a cluster together for a client (contract 8.3).</summary>
internal sealed class AssignmentBuilder(MeshModel model, QueryContext context, Service service, AssignmentPlan plan)
{
    private const string TransportSocketKey = "envoy.transport_socket_match";
    private const string IstioKey = "istio";

    /// <summary>The assignment; without endpoints when there are none.</summary>
    public ClusterLoadAssignment Build(string clusterName, EndpointView client, bool onlyMutualTls)
    {
        var result = new ClusterLoadAssignment { ClusterName = clusterName };
        var groups = Groups(client, onlyMutualTls);
        if (groups.Count > 0 && plan.Locality is not null)
        {
            groups = LocalityOrder.Apply(groups, plan.Locality, plan.HasOutlierDetection, client);
        }
        result.Endpoints.AddRange(groups.Select(g => g.Build()));
        return result;
    }

    private List<LocalityGroup> Groups(EndpointView client, bool onlyMutualTls)
    {
        var byLocality = new SortedDictionary<string, LocalityGroup>(StringComparer.Ordinal);
        foreach (var endpoint in model.Endpoints.Get(context, service.Key))
        {
            if (!Takes(endpoint, client))
            {
                continue;
            }
            var mutualTls = SpeaksMutualTls(endpoint);
            var key = endpoint.Locality.ToString();
            if (!byLocality.TryGetValue(key, out var group))
            {
                byLocality.Add(key, group = new LocalityGroup(endpoint.Locality));
            }
            group.Members.Add((endpoint, Encode(endpoint, mutualTls)));
        }
        var groups = byLocality.Values.ToList();
        foreach (var group in groups)
        {
            group.Weight = group.SumOfWeights();
        }
        var crossing = new NetworkCrossing(model.Networks.Gateways(context), client);
        if (crossing.IsNeeded)
        {
            groups = groups.Select(crossing.Apply).ToList();
        }
        return onlyMutualTls ? groups.Select(OnlyMutualTls).ToList() : groups;
    }

    /// <summary>Ports are known by name; for clusters that resolve names, those of entries by number, as entries of one
    /// host may name different ports alike.</summary>
    private bool Serves(IstioEndpoint endpoint) =>
        service.Resolution is Resolution.Dns or Resolution.DnsRoundRobin && endpoint.EntryPort != 0
            ? endpoint.EntryPort == plan.Port.Number : endpoint.ServicePortName == plan.Port.Name;

    private bool Takes(IstioEndpoint endpoint, EndpointView client)
    {
        if (endpoint.IsPending || !Serves(endpoint)
            || !EndpointLabels.Matches(endpoint, plan.SubsetLabels))
        {
            return false;
        }
        if (service.NodeLocal && endpoint.NodeName != client.NodeName)
        {
            return false;
        }
        if (plan.ClusterLocal && endpoint.ClusterId != client.ClusterId)
        {
            return false;
        }
        if (client.NetworkView.Length > 0 && endpoint.Network.Length > 0
            && !client.NetworkView.Split(',').Contains(endpoint.Network))
        {
            return false;
        }
        return endpoint.Health switch
        {
            EndpointHealth.Unhealthy => plan.SendUnhealthy || service.PublishNotReadyAddresses,
            EndpointHealth.Draining => service.PersistentSessions,
            EndpointHealth.Terminating => false,
            _ => true,
        };
    }

    /// <summary>What the rule says, else what the workload accepts and its policies demand.</summary>
    private bool SpeaksMutualTls(IstioEndpoint endpoint)
    {
        if (plan.RuleTlsMode is { } mode)
        {
            return mode == ClientTLSSettings.Types.TLSmode.IstioMutual && endpoint.MutualTls;
        }
        return endpoint.MutualTls && model.PeerAuthentications.Mode(
            context, endpoint.Namespace, endpoint.Labels, endpoint.Port) != MutualTlsMode.Disable;
    }

    private static LbEndpoint Encode(IstioEndpoint endpoint, bool mutualTls)
    {
        return new LbEndpoint
        {
            Endpoint = new Endpoint { Address = AddressOf(endpoint.Address, endpoint.Port) },
            HealthStatus = endpoint.Health switch
            {
                EndpointHealth.Healthy => HealthStatus.Healthy,
                EndpointHealth.Unhealthy => HealthStatus.Unhealthy,
                EndpointHealth.Draining => HealthStatus.Draining,
                _ => HealthStatus.Unknown,
            },
            LoadBalancingWeight = endpoint.Weight,
            Metadata = MetadataOf(
                mutualTls, endpoint.WorkloadName, endpoint.WorkloadName.Length > 0 ? endpoint.Namespace : "",
                endpoint.Labels, endpoint.ClusterId),
        };
    }

    internal static Address AddressOf(string address, int port)
    {
        return port == 0
            ? new Address { Pipe = new Pipe { Path = address } }
            : new Address { SocketAddress = new SocketAddress { Address = address, PortValue = (uint)port } };
    }

    internal static Metadata MetadataOf(
        bool mutualTls, string workload, string @namespace, Labels labels, string cluster)
    {
        var metadata = new Metadata();
        if (mutualTls)
        {
            metadata.FilterMetadata[TransportSocketKey] =
                new Struct { Fields = { ["tlsMode"] = Value.ForString("istio") } };
        }
        var name = WellKnownLabels.CanonicalName(labels, workload);
        var revision = WellKnownLabels.CanonicalRevision(labels);
        revision = revision == "latest" ? "" : revision;
        metadata.FilterMetadata[IstioKey] = new Struct
        {
            Fields = { ["workload"] = Value.ForString($"{workload};{@namespace};{name};{revision};{cluster}") },
        };
        return metadata;
    }

    internal static bool IsMutualTls(LbEndpoint endpoint)
        => endpoint.Metadata.FilterMetadata.ContainsKey(TransportSocketKey);

    private static LocalityGroup OnlyMutualTls(LocalityGroup group)
    {
        var result = new LocalityGroup(group.Locality) { Priority = group.Priority };
        result.Members.AddRange(group.Members.Where(m => IsMutualTls(m.Endpoint)));
        result.Weight = result.Members.Count == 0 ? null : result.SumOfWeights();
        return result;
    }
}
