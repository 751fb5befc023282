using System.Globalization;
using System.Net;
using Google.Protobuf.WellKnownTypes;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Network;
using Lateen.Local.Pods;

namespace Lateen.Local.Cluster;

/// <summary>Services with their addresses and endpoints: what the endpoint controller and the DNS of a cluster work
/// out.</summary>
internal sealed class ServiceDirectory(AddressPlan plan)
{
    private const string Domain = "svc.cluster.local";
    private readonly AddressPool _addresses = new(16, plan.ServiceLast);

    /// <summary>The virtual address of a service; null for headless ones and mere aliases. Stable by name.</summary>
    public string? AddressOf(ObjectName id, Service service) => service.Spec switch
    {
        null or { ClusterIp: "None" } or { Type: "ExternalName" } => null,
        { ClusterIp.Length: > 0 } spec => spec.ClusterIp,
        _ => AddressOf(id),
    };

    /// <summary>The virtual address that a service without wishes of its own has.</summary>
    public string AddressOf(ObjectName id) => plan.Service(_addresses.Take(id.ToString()));

    /// <summary>All services against the pods of this moment.</summary>
    public List<ServiceView> Resolve(ClusterState cluster, IReadOnlyCollection<LocalPod> pods) =>
    [
        .. cluster.Services.OrderBy(s => s.Key.ToString(), StringComparer.Ordinal)
            .Select(s =>
                new ServiceView(s.Key.Namespace, s.Key.Name, s.Value.Spec?.Type ?? "", AddressOf(s.Key, s.Value),
                [.. (s.Value.Spec?.Ports ?? []).Select(p => Port(p, s.Key, s.Value, pods))])),
    ];

    /// <summary>Names of services, and of the pods of headless ones by their addresses.</summary>
    public static IEnumerable<KeyValuePair<string, IPAddress[]>> Names(IEnumerable<ServiceView> services)
    {
        foreach (var service in services)
        {
            IPAddress[] addresses = service.Address is { } address
                ? [IPAddress.Parse(address)]
                : [.. service.Ports.SelectMany(p => p.Endpoints).Where(e => e.Ready)
                    .Select(e => e.Address).Distinct().Select(IPAddress.Parse)];
            yield return new($"{service.Name}.{service.Namespace}.{Domain}", addresses);
        }
    }

    private static ServicePortView Port(
        ServicePort port, ObjectName id, Service service, IReadOnlyCollection<LocalPod> pods)
    {
        var endpoints = service.Spec.Selector.Count == 0 ? [] : pods
            .Where(p => p.Id.Namespace == id.Namespace && p.Phase is "Running" or "Terminating"
                && service.Spec.Selector.All(s =>
                    p.Object.Metadata.Labels.TryGetValue(s.Key, out var v) && v == s.Value))
            .OrderBy(p => p.Id.Name, StringComparer.Ordinal)
            .Select(p => new EndpointView(
                p.Address, Target(port, p), p.Ready && !p.Terminating, p.Terminating, p.Id.Name));
        return new ServicePortView(port.Name, port.Port, port.Protocol.Length > 0 ? port.Protocol : "TCP",
            port.AppProtocol, [.. endpoints.Where(e => e.Port > 0)]);
    }

    private static int Target(ServicePort port, LocalPod pod) => pod.Place.Exposed(TargetPort(port, pod.Object));

    /// <summary>The port of a pod's programs that a service's port leads to; zero when it names none of
    /// theirs.</summary>
    public static int TargetPort(ServicePort port, Pod pod)
    {
        switch (port.TargetPort)
        {
            case null or { KindCase: Value.KindOneofCase.None or Value.KindOneofCase.NullValue }:
                return port.Port;
            case { KindCase: Value.KindOneofCase.NumberValue } number:
                return (int)number.NumberValue;
            case { StringValue: var name }:
                return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n
                    : pod.Spec.Containers.SelectMany(c => c.Ports)
                        .FirstOrDefault(p => p.Name == name)?.ContainerPort_ ?? 0;
        }
    }
}
