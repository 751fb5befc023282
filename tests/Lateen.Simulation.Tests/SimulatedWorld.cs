using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Istio.Networking.V1Alpha3;
using Istio.Security.V1Beta1;
using Lateen.Kubernetes.Objects;
using Lateen.Pilot.Clusters;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Listeners;
using Lateen.Pilot.Model;
using Lateen.Pilot.Serving;
using Destination = Istio.Networking.V1Alpha3.Destination;
using Service = Lateen.Kubernetes.Objects.Service;
using ServicePort = Lateen.Kubernetes.Objects.ServicePort;

namespace Lateen.Simulation.Tests;

/// <summary>
/// The objects of a small mesh, changed at random, and the control plane over them. The first
/// <see cref="ProxyCount"/> services have a pod that never goes, in which a proxy runs.
/// </summary>
internal sealed class SimulatedWorld
{
    public const int ProxyCount = 3;

    private const int ServiceCount = 6;
    private const int PodsMax = 4;

    private readonly Random _random;
    private readonly Dictionary<ObjectKey, MeshObject> _objects = [];

    public SimulatedWorld(Random random)
    {
        _random = random;
        for (var i = 0; i < ServiceCount; i++)
        {
            AddService(i);
            AddPod(i, 0);
        }
        Start();
    }

    /// <summary>The control plane that runs now.</summary>
    public PilotEngine Engine { get; private set; } = null!;

    public static Pilot.Model.Proxy ProxyOf(int service) => new()
    {
        NodeId = $"sidecar~{Address(service, 0)}~{PodName(service, 0)}.{Namespace(service)}~"
            + $"{Namespace(service)}.svc.cluster.local",
        Type = ProxyType.Sidecar,
        Id = $"{PodName(service, 0)}.{Namespace(service)}",
        Namespace = Namespace(service),
        Addresses = [Address(service, 0)],
        DnsDomain = $"{Namespace(service)}.svc.cluster.local",
        Labels = Labels.From(PodLabels(service, 0)),
        // Every other one takes virtual hosts one by one.
        Settings = ProxySettings.Default with { VirtualHostDiscovery = service % 2 == 0 },
    };

    /// <summary>The control plane dies and another one reads the same objects.</summary>
    public void Start()
    {
        var model = new MeshModel(new IncrementalGraph(), new MeshOptions());
        Engine = new PilotEngine(model,
        [
            new ClusterGenerator(new ClusterQueries(model)),
            new TrafficGenerator(new TrafficQueries(model)),
        ]);
        foreach (var item in _objects.Values)
        {
            model.Inputs.Objects.Set(item.Key, item);
        }
    }

    /// <summary>Changes one object; the next push finds it.</summary>
    public void Change()
    {
        var service = _random.Next(ServiceCount);
        switch (_random.Next(6))
        {
            case 0 when service >= ProxyCount:
                if (Remove(ObjectKind.Service, service, Name(service)))
                {
                    // Rules for a host that is not in the mesh make routes to clusters that nobody has.
                    Remove(ObjectKind.VirtualService, service, Name(service));
                    Remove(ObjectKind.DestinationRule, service, Name(service));
                }
                else
                {
                    AddService(service);
                }
                break;
            case 1 or 2:
                var pod = 1 + _random.Next(PodsMax - 1);
                if (!Remove(ObjectKind.Pod, service, PodName(service, pod)))
                {
                    AddPod(service, pod);
                }
                break;
            case 3 or 4 when IsHttp(service) && _objects.ContainsKey(KeyOf(ObjectKind.Service, service, Name(service))):
                AddRules(service, _random.Next(101));
                break;
            default:
                SetMutualTls(service);
                break;
        }
    }

    private static bool IsHttp(int service) => service % 3 != 2;

    private static ObjectKey KeyOf(string kind, int service, string name) => new(kind, Namespace(service), name);

    private static string Namespace(int service) => $"ns{service % 2}";

    private static string Name(int service) => $"svc{service}";

    private static string PodName(int service, int pod) => $"{Name(service)}-{pod}";

    private static string Address(int service, int pod) => $"10.2.{service}.{pod + 1}";

    private static Dictionary<string, string> PodLabels(int service, int pod) => new()
    {
        ["app"] = Name(service),
        ["version"] = $"v{1 + (pod % 2)}",
        ["security.istio.io/tlsMode"] = "istio",
    };

    private void AddService(int service)
    {
        var spec = new ServiceSpec { ClusterIp = $"10.1.0.{service + 1}", Selector = { ["app"] = Name(service) } };
        spec.Ports.Add(new ServicePort
        {
            Name = IsHttp(service) ? "http" : "tcp",
            Port = IsHttp(service) ? 80 : 9000,
            Protocol = "TCP",
            TargetPort = Value.ForNumber(8000),
        });
        Set(ObjectKind.Service, service, Name(service), new Service { Spec = spec });
    }

    private void AddPod(int service, int pod)
    {
        var spec = new Pod
        {
            Metadata = new ObjectMeta(),
            Spec = new PodSpec { ServiceAccountName = Name(service) },
            Status = new PodStatus { PodIp = Address(service, pod), Phase = "Running" },
        };
        spec.Status.Conditions.Add(new Lateen.Kubernetes.Objects.Condition { Type = "Ready", Status = "True" });
        Set(ObjectKind.Pod, service, PodName(service, pod), spec, PodLabels(service, pod));
    }

    /// <summary>Subsets once there stay, as a careful user has it: a route never names one that is not.</summary>
    private void AddRules(int service, int weight)
    {
        var host = $"{Name(service)}.{Namespace(service)}.svc.cluster.local";
        var rule = new DestinationRule { Host = host };
        var routes = new VirtualService { Hosts = { host } };
        var route = new HTTPRoute();
        foreach (var (version, share) in ((string, int)[])[("v1", weight), ("v2", 100 - weight)])
        {
            rule.Subsets.Add(new Subset { Name = version, Labels = { ["version"] = version } });
            route.Route.Add(new HTTPRouteDestination
            {
                Destination = new Destination { Host = host, Subset = version },
                Weight = share,
            });
        }
        routes.Http.Add(route);
        Set(ObjectKind.DestinationRule, service, Name(service), rule);
        Set(ObjectKind.VirtualService, service, Name(service), routes);
    }

    private void SetMutualTls(int service)
    {
        if (!Remove(ObjectKind.PeerAuthentication, service, "default"))
        {
            Set(ObjectKind.PeerAuthentication, service, "default", new PeerAuthentication
            {
                Mtls = new() { Mode = PeerAuthentication.Types.MutualTLS.Types.Mode.Strict },
            });
        }
    }

    private void Set(
        string kind, int service, string name, IMessage spec, Dictionary<string, string>? labels = null)
    {
        var item = new MeshObject
        {
            Key = KeyOf(kind, service, name),
            Spec = spec,
            Labels = Labels.From(labels ?? []),
            Annotations = Labels.From([]),
        };
        _objects[item.Key] = item;
        Engine?.Model.Inputs.Objects.Set(item.Key, item);
    }

    private bool Remove(string kind, int service, string name)
    {
        var key = KeyOf(kind, service, name);
        Engine.Model.Inputs.Objects.Remove(key);
        return _objects.Remove(key);
    }
}
