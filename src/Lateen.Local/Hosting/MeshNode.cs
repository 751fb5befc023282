using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Lateen.Citadel;
using Lateen.Citadel.Authority;
using Lateen.Citadel.Tokens;
using Lateen.Core;
using Lateen.Core.Yaml;
using Lateen.Galley;
using Lateen.Local.Cluster;
using Lateen.Local.Loopback;
using Lateen.Local.Pods;
using Lateen.Security;

namespace Lateen.Local.Hosting;

/// <summary>
/// The inside of a mesh on one machine: scheduler, kubelet, kube-proxy and name server of a cluster with one node. It
/// runs as the first process of namespaces of its own, so that its end is the end of everything in them.
/// </summary>
public sealed class MeshNode : IDisposable
{
    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(300);
    private readonly NodeOptions _options;
    private readonly TimeProvider _clock;
    private readonly NodeReporter _reporter;
    private readonly FindingReporter _findings;
    private readonly ConfigFolder _folder;
    private readonly ConfigMirror _mirror;
    private readonly INodePlatform _platform;
    private readonly ServiceDirectory _services;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly WorkloadController _controller;
    private readonly JoinTokenIssuer _tokens;
    private readonly string _rootCertificate;
    private ClusterState _cluster = ClusterState.Empty;

    /// <param name="options">What to run.</param>
    /// <param name="clock">The time.</param>
    /// <param name="output">Where the host reads what happens.</param>
    public MeshNode(NodeOptions options, TimeProvider clock, TextWriter output)
    {
        _options = options;
        _clock = clock;
        _reporter = new NodeReporter(output, clock);
        _findings = new FindingReporter((subject, message) => _reporter.Event(true, subject, message));
        _folder = new ConfigFolder(options.Folder);
        _platform = options.NoNamespaces
            ? new LoopbackPlatform(options.StateFolder, () => Volatile.Read(ref _cluster),
                (subject, message) => _reporter.Event(true, subject, message))
            : new NamespacePlatform(options.PodFolder);
        _services = new ServiceDirectory(_platform.Addresses);
        _mirror = new ConfigMirror(options.Folder, options.ConfigFolder, _services.AddressOf, options.NoNamespaces);
        try
        {
            _tokens = JoinTokenIssuer.Open(options.StateFolder, clock);
            _rootCertificate = new CaStore(new CitadelOptions { StateFolder = options.StateFolder }, clock).Load()
                .Bundle.RootPem;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PkiException)
        {
            throw new LocalException(StateFolder.Explain(options.StateFolder, e), e);
        }

        var injector = options.PlatformOnly ? null
            : new Injector.PodInjector(_platform.Injection(_services.AddressOf(ControlPlaneObjects.ServiceName)));
        var services = NodePodServices.Build(options, _platform, clock) with
        {
            Cluster = () => Volatile.Read(ref _cluster),
            IssueToken = (pod, lifetime) => _tokens.Issue(pod.Id.Namespace, pod.ServiceAccount, lifetime),
            Changed = Wake,
            Report = (pod, warn, message) => _reporter.Event(warn, $"pod {pod.Id}", message),
        };
        _controller = new WorkloadController(
            new PodFactory(injector, _platform), pod => new PodRunner(services, pod), (key, m) =>
                _reporter.Event(true, key, m));
    }

    /// <summary>Runs until told to stop.</summary>
    /// <exception cref="LocalException">The machine refused what the mesh needs.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        await _platform.SetUpAsync(stop).ConfigureAwait(false);
        new ControlServer(_options.ControlSocket, FindPod, _platform).Start(stop);
        using var timer = _clock.CreateTimer(_ => Wake(), null, TimeSpan.Zero, _pollInterval);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await StepAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What runs goes on; the next step tries again.
                _findings.Report("state", [StateFolder.Explain(_options.StateFolder, e)]);
            }

            await _wake.Reader.ReadAsync(stop).AsTask().ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Closes what the node itself holds; its namespaces go with its process.</summary>
    public void Dispose()
    {
        _platform.Dispose();
        _tokens.Dispose();
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    private PodRunner? FindPod(string name) => _controller.Runners.FirstOrDefault(r => r.Pod.Id.ToString() == name);

    private async Task StepAsync()
    {
        if (_folder.Poll())
        {
            Rebuild();
        }

        foreach (var runner in _controller.Runners)
        {
            runner.Refresh();
        }

        _controller.Reconcile(_cluster);
        var pods = _controller.Runners.Select(r => r.Pod).ToList();
        var services = _services.Resolve(_cluster, pods);
        await _platform.ApplyAsync(services, pods).ConfigureAwait(false);
        _mirror.WriteRuntime(RuntimeObjects.Build(_cluster, _platform.Addresses.Node, pods, services)
            .Concat(_platform.Objects(pods, services)));
        Tell(services, pods);
    }

    private void Rebuild()
    {
        _mirror.CopyUserFiles(_folder.Files, _folder.IsBroken);
        var builder = new ClusterStateBuilder();
        IEnumerable<YamlNode> own = _options.PlatformOnly
            ? []
            : ControlPlaneObjects.Documents(_options.ConfigFolder, _options.StateFolder, _options.NoNamespaces);
        var decoder = new ConfigDecoder();
        foreach (var document in own)
        {
            builder.Add(document);
        }

        List<ConfigError> findings = [.. _folder.Errors];
        var store = new ConfigStore();
        foreach (var document in _folder.Documents)
        {
            builder.Add(document);
            foreach (var item in decoder.Decode(document))
            {
                findings.AddRange(item.Result.Errors);
                findings.AddRange(item.Result.Warnings);
                if (item.Config is { } good)
                {
                    store.Update([good]);
                }
            }
        }

        findings.AddRange(builder.Errors);
        findings.AddRange(ReferenceAnalyzer.Analyze(store.Current));
        _findings.Report("configuration", findings.Select(f => f.ToString()));
        Volatile.Write(ref _cluster, WithRootCertificate(builder.Build()));
    }

    /// <summary>Every namespace has the config map that proxies find the mesh's root in.</summary>
    private ClusterState WithRootCertificate(ClusterState cluster)
    {
        var root = new Dictionary<string, byte[]> { ["root-cert.pem"] = Encoding.UTF8.GetBytes(_rootCertificate) };
        var maps = new Dictionary<ObjectName, IReadOnlyDictionary<string, byte[]>>(cluster.ConfigMaps);
        foreach (var ns in cluster.Workloads.Values.Select(w => w.Id.Namespace).Distinct())
        {
            maps.TryAdd(new ObjectName(ns, "istio-ca-root-cert"), root);
        }

        return cluster with { ConfigMaps = maps };
    }

    private void Tell(List<ServiceView> services, List<LocalPod> pods)
    {
        foreach (var service in services.Where(s => s.Address is not null
            && (s.Type is "LoadBalancer" or "NodePort" || s.Name == ControlPlaneObjects.Name)))
        {
            foreach (var port in service.Ports.Where(p => p.Protocol == "TCP"))
            {
                var text = port.Port.ToString(CultureInfo.InvariantCulture);
                var preferred = service.Name == ControlPlaneObjects.Name ? 0 : port.Port < 1024 ? port.Port + 8000
                    : port.Port;
                _reporter.Publish(new PublishedPort(
                    $"{service.Namespace}/{service.Name}:{(port.Name.Length > 0 ? port.Name : text)}", preferred,
                    $"{service.Address}:{text}"));
            }
        }

        _reporter.Status(new MeshStatus(
            _controller.IsSettled(_cluster) && pods.Count > 0,
            [.. pods.OrderBy(p => p.Id.ToString(), StringComparer.Ordinal).Select(View)],
            [.. services.Where(s => s.Address is not null).Select(View)],
            [], _options.ControlSocket));
    }

    private static PodStatusView View(LocalPod pod) => new(
        pod.Id.Namespace, pod.Id.Name, $"{pod.Workload.Kind}/{pod.Workload.Id.Name}", pod.Address, pod.Phase, pod.Ready,
        pod.Injected, pod.Restarts, pod.Message, new Dictionary<string, string>(pod.Object.Metadata.Labels));

    private static ServiceStatusView View(ServiceView service) => new(
        service.Namespace, service.Name, service.Address!,
        string.Join(',', service.Ports.Select(p => p.Port.ToString(CultureInfo.InvariantCulture))),
        service.Ports.Count == 0 ? 0 : service.Ports.Max(p => p.Endpoints.Count(e => e.Ready)));
}
