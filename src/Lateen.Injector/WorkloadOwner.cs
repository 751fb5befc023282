namespace Lateen.Injector;

/// <summary>The object that a pod belongs to in the eyes of its author.</summary>
/// <param name="ApiVersion">For example <c>apps/v1</c>.</param>
/// <param name="Kind">For example <c>Deployment</c>.</param>
/// <param name="Name">Its name.</param>
public sealed record WorkloadOwner(string ApiVersion, string Kind, string Name);
