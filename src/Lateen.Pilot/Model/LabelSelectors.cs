using Istio.Mesh.V1Alpha1;

namespace Lateen.Pilot.Model;

/// <summary>Kubernetes label selectors as the mesh configuration holds them.</summary>
internal static class LabelSelectors
{
    /// <summary>Whether the labels meet all that the selector asks for; an empty selector is met by any.</summary>
    public static bool Matches(LabelSelector? selector, Labels labels)
    {
        return selector is not null && labels.Matches(selector.MatchLabels)
            && selector.MatchExpressions.All(requirement => Matches(requirement, labels.Get(requirement.Key)));
    }

    /// <summary>An operator that is not known is not met: who sees too little notices.</summary>
    private static bool Matches(LabelSelectorRequirement requirement, string? value)
    {
        return requirement.Operator switch
        {
            "In" => value is not null && requirement.Values.Contains(value),
            "NotIn" => value is null || !requirement.Values.Contains(value),
            "Exists" => value is not null,
            "DoesNotExist" => value is null,
            _ => false,
        };
    }
}
