using Istio.Security.V1Beta1;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Security;

/// <summary>Which AuthorizationPolicies apply to a workload.</summary>
internal static class AuthorizationPolicyQueries
{
    private const string DryRun = "istio.io/dry-run";

    /// <summary>Those of the root namespace, then those of the workload's; oldest first in each.</summary>
    internal static IReadOnlyList<NamedAuthorizationPolicy> For(MeshModel model, QueryContext context, string ns,
        Labels labels)
    {
        var root = model.Inputs.MeshConfig(context).RootNamespace;
        string[] namespaces = ns == root || root.Length == 0 ? [ns] : [root, ns];
        return [.. namespaces
            .SelectMany(item => model.Inputs.ByKind.Get(context, (ObjectKind.AuthorizationPolicy, item)))
            .Where(item => Selects(item.As<AuthorizationPolicy>(), labels))
            .Select(item => new NamedAuthorizationPolicy(item.Key.Namespace, item.Key.Name,
                item.Annotations.Get(DryRun) == "true", item.As<AuthorizationPolicy>()))];
    }

    /// <summary>A policy attached to a target by reference does not speak of workloads by label.</summary>
    private static bool Selects(AuthorizationPolicy policy, Labels labels)
    {
        return policy.TargetRef is null && policy.TargetRefs.Count == 0
            && labels.Matches(policy.Selector?.MatchLabels ?? []);
    }
}
