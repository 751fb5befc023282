namespace Lateen.Local.Hosting;

/// <summary>What runs, at one moment. The <c>--json</c> file holds one of these.</summary>
/// <param name="Ready">Whether every pod is ready.</param>
/// <param name="Pods">All pods.</param>
/// <param name="Services">All services with an address.</param>
/// <param name="Published">Ports of the machine's loopback that lead into the mesh.</param>
/// <param name="ControlSocket">Unix socket that takes commands.</param>
public sealed record MeshStatus(
    bool Ready,
    IReadOnlyList<PodStatusView> Pods,
    IReadOnlyList<ServiceStatusView> Services,
    IReadOnlyList<PublishedPort> Published,
    string ControlSocket)
{
    /// <summary>Nothing yet.</summary>
    public static MeshStatus Empty { get; } = new(false, [], [], [], "");
}

/// <summary>One pod.</summary>
/// <param name="Namespace">Where it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Workload">Kind and name of what made it.</param>
/// <param name="Address">Its address in the mesh's network; empty until it has one.</param>
/// <param name="Phase">Pending, Running, Succeeded, Failed or Terminating.</param>
/// <param name="Ready">Whether all its containers are ready.</param>
/// <param name="Injected">Whether it has a proxy.</param>
/// <param name="Restarts">How often containers were started again.</param>
/// <param name="Message">What it waits for or failed with; empty when all is well.</param>
/// <param name="Labels">Its labels.</param>
public sealed record PodStatusView(
    string Namespace,
    string Name,
    string Workload,
    string Address,
    string Phase,
    bool Ready,
    bool Injected,
    int Restarts,
    string Message,
    IReadOnlyDictionary<string, string> Labels);

/// <summary>One service.</summary>
public sealed record ServiceStatusView(string Namespace, string Name, string Address, string Ports, int ReadyEndpoints);

/// <summary>A port on the machine's loopback that leads into the mesh.</summary>
/// <param name="Name"><c>namespace/service:port</c>.</param>
/// <param name="HostPort">Port on 127.0.0.1; zero while none could be had.</param>
/// <param name="Target">Address and port in the mesh's network.</param>
public sealed record PublishedPort(string Name, int HostPort, string Target);

/// <summary>Something that happened.</summary>
/// <param name="Time">When.</param>
/// <param name="IsWarning">Whether it may need someone's hand.</param>
/// <param name="Subject">The object, e.g. <c>pod default/reviews-v1-...</c>.</param>
/// <param name="Message">What happened.</param>
public sealed record MeshEvent(DateTimeOffset Time, bool IsWarning, string Subject, string Message);

/// <summary>A line from the mesh's node to its host: exactly one of the fields is set.</summary>
public sealed record NodeMessage(MeshStatus? Status = null, MeshEvent? Event = null, PublishedPort? Publish = null);
