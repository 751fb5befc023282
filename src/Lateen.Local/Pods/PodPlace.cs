namespace Lateen.Local.Pods;

/// <summary>Where a pod is in the mesh's network.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Node">The node's address.</param>
internal sealed record PodPlace(string Address, string Node)
{
    private static readonly Dictionary<int, int> _none = [];
    private static readonly Dictionary<string, string> _noVariables = [];

    /// <summary>Where the pod's proxy takes what its programs send; empty where it is captured.</summary>
    public string Egress { get; init; } = "";

    /// <summary>Ports of 127.0.0.1 that the pod's programs must listen on, by the ports that they say they have; empty
    /// where they have a loopback of their own.</summary>
    public IReadOnlyDictionary<int, int> ProgramPorts { get; init; } = _none;

    /// <summary>Low ports that stand at another number, since this user may not bind them.</summary>
    public IReadOnlyDictionary<int, int> MovedPorts { get; init; } = _none;

    /// <summary>Ports at <see cref="Egress"/> that lead to services of raw TCP, by service host.</summary>
    public IReadOnlyList<TcpWay> TcpWays { get; init; } = [];

    /// <summary>Variables of the pod's programs, proxies apart.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = _noVariables;

    /// <summary>The port of the pod's address behind which a port of its is found.</summary>
    public int Exposed(int port) => MovedPorts.GetValueOrDefault(port, port);
}

/// <summary>An explicit port that leads to a service of raw TCP.</summary>
/// <param name="Namespace">The service's.</param>
/// <param name="Host">The service's full name.</param>
/// <param name="Port">Port of the service, and the one to connect to.</param>
internal sealed record TcpWay(string Namespace, string Host, int Port);
