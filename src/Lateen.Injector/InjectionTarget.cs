using System.Text.Json.Nodes;

namespace Lateen.Injector;

/// <summary>A pod (or a pod template taken as one) that may get a proxy.</summary>
/// <param name="Pod">With <c>metadata</c> and <c>spec</c>; it is not changed.</param>
/// <param name="Namespace">The namespace it will run in.</param>
/// <param name="NamespaceLabels">Labels of that namespace.</param>
/// <param name="Owner">What made the pod, e.g. its Deployment; the pod itself when nothing did.</param>
public sealed record InjectionTarget(
    JsonObject Pod,
    string Namespace,
    IReadOnlyDictionary<string, string> NamespaceLabels,
    WorkloadOwner Owner);
