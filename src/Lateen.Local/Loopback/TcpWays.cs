using System.Globalization;
using Lateen.Local.Cluster;
using Lateen.Local.Pods;

namespace Lateen.Local.Loopback;

/// <summary>Explicit ports for what <c>HTTP_PROXY</c> cannot carry: services of raw TCP, each port number
/// once.</summary>
internal static class TcpWays
{
    private const int CountMax = 64;

    /// <summary>Ways to all services of the mesh whose port is no HTTP.</summary>
    /// <param name="cluster">The objects of this moment.</param>
    /// <param name="lowest">First port that can be bound.</param>
    public static IEnumerable<TcpWay> Of(ClusterState cluster, int lowest) =>
        cluster.Services.OrderBy(s => s.Key.ToString(), StringComparer.Ordinal)
            .Where(s => s.Value.Spec is { Selector.Count: > 0 })
            .SelectMany(s => s.Value.Spec.Ports, (s, port) => (s.Key, port))
            .Where(p => p.port.Protocol != "UDP" && p.port.Port >= lowest
                && !PortProtocol.IsHttp(PortProtocol.Of(p.port)) && p.port.Port != ProgramVariables.HttpProxyPort)
            .DistinctBy(p => p.port.Port)
            .Take(CountMax)
            .Select(p =>
                new TcpWay(p.Key.Namespace, $"{p.Key.Name}.{p.Key.Namespace}.svc.cluster.local", p.port.Port));

    /// <summary>Kubernetes' variables for those of a namespace.</summary>
    public static Dictionary<string, string> Variables(IEnumerable<TcpWay> ways, string egress, string ns)
    {
        Dictionary<string, string> variables = [];
        foreach (var way in ways.Where(w => w.Namespace == ns))
        {
            var name = way.Host.Split('.')[0].ToUpperInvariant().Replace('-', '_');
            variables[$"{name}_SERVICE_HOST"] = egress;
            variables.TryAdd($"{name}_SERVICE_PORT", way.Port.ToString(CultureInfo.InvariantCulture));
        }

        return variables;
    }
}
