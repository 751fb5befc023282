namespace Lateen.Local.Cluster;

/// <summary>A service with its address and endpoints, as the platform sees it now.</summary>
/// <param name="Namespace">Where it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type">ClusterIP, LoadBalancer, ...</param>
/// <param name="Address">Its virtual address; null when it is headless.</param>
/// <param name="Ports">Its ports.</param>
internal sealed record ServiceView(
    string Namespace, string Name, string Type, string? Address, IReadOnlyList<ServicePortView> Ports);

/// <summary>One port of a service.</summary>
internal sealed record ServicePortView(
    string Name, int Port, string Protocol, string? AppProtocol, IReadOnlyList<EndpointView> Endpoints);

/// <summary>One pod behind a service's port.</summary>
internal sealed record EndpointView(string Address, int Port, bool Ready, bool Terminating, string Pod);
