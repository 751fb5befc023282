namespace Lateen.Pilot.Model;

/// <summary>A service port that the proxy's own workload serves.</summary>
/// <param name="Service">The service.</param>
/// <param name="Port">Its port.</param>
/// <param name="EndpointPort">The workload's port.</param>
public sealed record ServiceInstance(ServiceKey Service, ServicePort Port, int EndpointPort);
