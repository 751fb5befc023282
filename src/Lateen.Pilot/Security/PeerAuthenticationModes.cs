using Istio.Security.V1Beta1;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Security;

/// <summary>The merged PeerAuthentication of a workload.</summary>
/// <param name="Default">Mode of ports without their own; never unknown.</param>
/// <param name="Ports">Modes of single workload ports, by ascending number.</param>
internal sealed record PeerAuthenticationModes(
    MutualTlsMode Default, EquatableArray<KeyValuePair<int, MutualTlsMode>> Ports)
{
    /// <summary>Reads the policies around the workloads of a namespace with these labels.</summary>
    internal static PeerAuthenticationModes Of(MeshModel model, QueryContext context, string ns, Labels labels)
    {
        var policies = model.PeerAuthentications;
        var ports = policies.WorkloadPolicies(context, ns)
            .FirstOrDefault(item => labels.Matches(item.As<PeerAuthentication>().Selector.MatchLabels))
            ?.As<PeerAuthentication>().PortLevelMtls.Keys.Order() ?? Enumerable.Empty<uint>();
        return new PeerAuthenticationModes(
            policies.Mode(context, ns, labels, 0),
            [.. ports.Select(port => KeyValuePair.Create((int)port, policies.Mode(context, ns, labels, (int)port)))]);
    }

    /// <summary>The mode of a workload port.</summary>
    internal MutualTlsMode ForPort(int port)
    {
        foreach (var (number, mode) in Ports)
        {
            if (number == port)
            {
                return mode;
            }
        }
        return Default;
    }
}
