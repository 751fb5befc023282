using Istio.Security.V1Beta1;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Security;

/// <summary>Which tokens a workload accepts (contract 11.4).</summary>
internal static class RequestAuthenticationQueries
{
    /// <summary>The rules of all objects that apply, by issuer; those of the root namespace first among
    /// equals.</summary>
    internal static IReadOnlyList<JWTRule> For(MeshModel model, QueryContext context, string ns, Labels labels)
    {
        var root = model.Inputs.MeshConfig(context).RootNamespace;
        string[] namespaces = ns == root || root.Length == 0 ? [ns] : [root, ns];
        return [.. namespaces
            .SelectMany(item => model.Inputs.ByKind.Get(context, (ObjectKind.RequestAuthentication, item)))
            .Select(item => item.As<RequestAuthentication>())
            .Where(spec => spec.TargetRef is null && spec.TargetRefs.Count == 0
                && labels.Matches(spec.Selector?.MatchLabels ?? []))
            .SelectMany(spec => spec.JwtRules)
            .OrderBy(rule => rule.Issuer, StringComparer.Ordinal)];
    }
}
