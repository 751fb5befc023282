using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Lateen.Injector;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Cluster;
using Lateen.Local.Network;
using Lateen.Local.Platform;
using Lateen.Local.Pods;

namespace Lateen.Local.Hosting;

/// <summary>Pods in namespaces of their own, inside those of the mesh: all traffic is captured.</summary>
internal sealed class NamespacePlatform(string podFolder) : INodePlatform
{
    private readonly DnsServer _dns = new(AddressPlan.NameServer);
    private readonly NamespaceSockets _sockets = new();
    private readonly List<string> _reachable = [];
    private string _lastRules = "";

    public AddressPlan Addresses => AddressPlan.Private;

    public InjectorOptions Injection(string controlPlane) => new()
    {
        ProxyImage = ImageTable.ProxyImage,
        // One worker a proxy: a laptop runs many proxies.
        ProxyConfig = """{"concurrency":1}""",
    };

    /// <summary>
    /// Programs are reached under <c>/run/lateen</c>, since a pod's user may not be allowed into the folders that lead
    /// to them.
    /// </summary>
    public string Inside(string program)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(program))!;
        var index = _reachable.IndexOf(folder);
        if (index < 0)
        {
            index = _reachable.Count;
            _reachable.Add(folder);
        }

        return $"/run/lateen/bin{index}/{Path.GetFileName(program)}";
    }

    public async Task SetUpAsync(CancellationToken stop)
    {
        await NodeNetwork.SetUpAsync().ConfigureAwait(false);
        await Tool.RunAsync("mount", ["-t", "tmpfs", "-o", "mode=755", "tmpfs", podFolder]).ConfigureAwait(false);
        _dns.Start(stop);
    }

    public async Task ApplyAsync(IReadOnlyList<ServiceView> services, IReadOnlyList<LocalPod> pods)
    {
        var rules = ServiceRules.Build(services, pods.Select(p => p.Address));
        if (rules == _lastRules)
        {
            return;
        }

        await Tool.RunAsync("iptables-restore", ["--noflush"], rules).ConfigureAwait(false);
        _dns.SetNames(ServiceDirectory.Names(services));
        _lastRules = rules;
    }

    public void Prepare(JsonObject pod)
    {
        // Pods run as they are written.
    }

    public PodPlace Place(Pod pod, bool injected, int number) => new(Addresses.Pod(number), Addresses.Node);

    public void Release(LocalPod pod)
    {
        // Its namespaces went with it.
    }

    public async Task<IPodSandbox> OpenAsync(LocalPod pod, string folder) =>
        await PodSandbox.CreateAsync(pod, folder, _reachable).ConfigureAwait(false);

    public async Task<Socket> ConnectAsync(LocalPod? from, IPEndPoint target)
    {
        var socket = from is null ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            : from.Sandbox is PodSandbox sandbox
                ? await _sockets.CreateAsync(sandbox.NetworkNamespace, CancellationToken.None).ConfigureAwait(false)
                : throw new IOException($"pod {from.Id} has no network yet");
        try
        {
            await socket.ConnectAsync(target).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public IEnumerable<KeyValuePair<string, JsonObject>> Objects(
        IReadOnlyCollection<LocalPod> pods, IReadOnlyCollection<ServiceView> services) => [];

    public void Dispose()
    {
        _dns.Dispose();
        _sockets.Dispose();
    }
}
