using Istio.Security.V1Beta1;

namespace Lateen.Pilot.Security;

/// <summary>An AuthorizationPolicy that applies to a workload, with what its filters are named after.</summary>
/// <param name="Namespace">Namespace of the object.</param>
/// <param name="Name">Name of the object.</param>
/// <param name="DryRun">Annotation <c>istio.io/dry-run: "true"</c>: only recorded, not enforced.</param>
/// <param name="Spec">The policy.</param>
internal sealed record NamedAuthorizationPolicy(string Namespace, string Name, bool DryRun, AuthorizationPolicy Spec);
