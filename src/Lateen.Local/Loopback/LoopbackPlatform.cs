using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Lateen.Capture;
using Lateen.Injector;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Cluster;
using Lateen.Local.Hosting;
using Lateen.Local.Network;
using Lateen.Local.Pods;

namespace Lateen.Local.Loopback;

/// <summary>
/// Pods on the machine's own loopback, each at an address of its own, where no namespaces can be had. Nothing is
/// captured: proxies stand at the pods' addresses, programs behind them at ports of 127.0.0.1 that their variables
/// name, and what programs send goes to their proxies by <c>HTTP_PROXY</c>.
/// </summary>
internal sealed class LoopbackPlatform : INodePlatform
{
    private readonly LoopbackNetwork _network;
    private readonly ServiceForwarder _forwarder;
    private readonly ProgramPortPool _ports = new();
    private readonly LoopbackSandboxOptions _sandboxes;
    private readonly int _lowest;
    private readonly Func<ClusterState> _cluster;

    /// <param name="stateFolder">The mesh's state folder, by which its processes are known.</param>
    /// <param name="cluster">The objects of this moment.</param>
    /// <param name="warn">Told what cannot be had.</param>
    public LoopbackPlatform(string stateFolder, Func<ClusterState> cluster, Action<string, string> warn)
    {
        _cluster = cluster;
        _network = LoopbackNetwork.Claim(stateFolder);
        Addresses = AddressPlan.Loopback(_network.Number);
        _lowest = LowestPort();
        _forwarder = new ServiceForwarder(_lowest, warn);
        _sandboxes = new LoopbackSandboxOptions(ProcessMark.Of(stateFolder));
    }

    public AddressPlan Addresses { get; }

    public InjectorOptions Injection(string controlPlane) => new()
    {
        ProxyImage = ImageTable.ProxyImage,
        InterceptionMode = "NONE",
        // Programs are asked by the node itself, past their proxies.
        RewriteAppProbes = false,
        CaAddress = $"{controlPlane}:15012",
        ProxyConfig = $$"""{"concurrency":1,"discoveryAddress":"{{controlPlane}}:15012"}""",
        ProxyMetadata = new Dictionary<string, string> { ["ISTIOD_SAN"] = "istiod.istio-system.svc" },
    };

    public string Inside(string program) => Path.GetFullPath(program);

    public Task SetUpAsync(CancellationToken stop) => Task.CompletedTask;

    public Task ApplyAsync(IReadOnlyList<ServiceView> services, IReadOnlyList<LocalPod> pods)
    {
        _forwarder.Apply(services);
        return Task.CompletedTask;
    }

    public void Prepare(JsonObject pod)
    {
        var metadata = pod["metadata"]!.AsObject();
        var labels = metadata["labels"] as JsonObject ?? [];
        metadata["labels"] = labels;
        labels[SidecarObjects.PodLabel] = metadata["name"]!.DeepClone();
        if (metadata["annotations"] is JsonObject annotations)
        {
            annotations.Remove("sidecar.istio.io/interceptionMode");
            annotations.Remove("sidecar.istio.io/rewriteAppHTTPProbers");
        }
    }

    public PodPlace Place(Pod pod, bool injected, int number)
    {
        var address = Addresses.Pod(number);
        var said = Ports(pod);
        var moved = said.Where(p => p < _lowest).ToDictionary(p => p, p => p + 10_000);
        var programs = injected ? Programs(pod) : [];
        var egress = AddressPlan.Egress(address);
        List<TcpWay> ways = injected ? [.. TcpWays.Of(_cluster(), _lowest)] : [];
        return new PodPlace(address, Addresses.Node)
        {
            Egress = egress,
            MovedPorts = moved,
            ProgramPorts = programs.Count == 0 ? new Dictionary<int, int>()
                : said.ToDictionary(p => p, p => _ports.Take(PortName(pod, p))),
            TcpWays = ways,
            Variables = TcpWays.Variables(ways, egress, pod.Metadata.Namespace),
        };
    }

    public void Release(LocalPod pod)
    {
        foreach (var port in pod.Place.ProgramPorts.Keys)
        {
            _ports.Release(PortName(pod.Object, port));
        }
    }

    public Task<IPodSandbox> OpenAsync(LocalPod pod, string folder) =>
        Task.FromResult<IPodSandbox>(LoopbackSandbox.Create(pod, folder, _sandboxes));

    public async Task<Socket> ConnectAsync(LocalPod? from, IPEndPoint target)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (from is not null)
            {
                socket.Bind(new IPEndPoint(IPAddress.Parse(from.Address), 0));
            }

            await socket.ConnectAsync(_forwarder.Choose(target) ?? Own(from, target)).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public IEnumerable<KeyValuePair<string, JsonObject>> Objects(
        IReadOnlyCollection<LocalPod> pods, IReadOnlyCollection<ServiceView> services) =>
        SidecarObjects.Build(_cluster(), pods);

    public void Dispose()
    {
        _forwarder.Dispose();
        _network.Dispose();
    }

    /// <summary>What a pod's loopback stands for: its programs' ports, else those of its address.</summary>
    private static IPEndPoint Own(LocalPod? from, IPEndPoint target) =>
        from is null || !target.Address.Equals(IPAddress.Loopback) ? target
        : from.Place.ProgramPorts.TryGetValue(target.Port, out var own) ? new IPEndPoint(IPAddress.Loopback, own)
        : new IPEndPoint(IPAddress.Parse(from.Address), from.Place.Exposed(target.Port));

    private static string PortName(Pod pod, int port) => $"{pod.Metadata.Namespace}/{pod.Metadata.Name}:{port}";

    private static List<Container> Programs(Pod pod) =>
        [.. pod.Spec.Containers.Where(c => c.Name != ContainerEnvironment.ProxyContainer)];

    /// <summary>Ports that containers declare or services lead to.</summary>
    private List<int> Ports(Pod pod)
    {
        var declared = Programs(pod).SelectMany(c => c.Ports).Where(p => p.Protocol != "UDP")
            .Select(p => p.ContainerPort_);
        var served = _cluster().Services
            .Where(s => s.Key.Namespace == pod.Metadata.Namespace && s.Value.Spec?.Selector.Count > 0
                && s.Value.Spec.Selector.All(l => pod.Metadata.Labels.TryGetValue(l.Key, out var v) && v == l.Value))
            .SelectMany(s => s.Value.Spec.Ports.Select(p => ServiceDirectory.TargetPort(p, pod)));
        return [.. declared.Concat(served).Where(p => p > 0).Distinct()];
    }

    private static int LowestPort()
    {
        const string Path = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
        return Privileges.Has(File.ReadAllText("/proc/self/status"), Privileges.NetBindService) ? 1
            : File.Exists(Path) && int.TryParse(File.ReadAllText(Path), CultureInfo.InvariantCulture, out var first)
                ? first : 1024;
    }
}
