namespace Lateen.Pilot.Model;

/// <summary>One port of a service.</summary>
/// <param name="Name">As declared; may be empty when the service has a single port.</param>
/// <param name="Number">The port that clients use.</param>
/// <param name="Protocol">As declared.</param>
/// <param name="TargetPort">The workload's port by number; zero when it is the same or is named.</param>
/// <param name="TargetPortName">The workload's port by name; empty when it is a number.</param>
public sealed record ServicePort(
    string Name,
    int Number,
    Protocol Protocol,
    int TargetPort = 0,
    string TargetPortName = "");
