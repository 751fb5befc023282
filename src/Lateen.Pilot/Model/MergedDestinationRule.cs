using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Graph;

namespace Lateen.Pilot.Model;

/// <summary>The rule that applies to a destination, merged from one or more objects.</summary>
/// <param name="Rule">Host, traffic policy and subsets.</param>
/// <param name="Sources">The objects it came from, oldest first.</param>
public sealed record MergedDestinationRule(DestinationRule Rule, EquatableArray<ObjectKey> Sources)
{
    /// <summary>Whether the rule was written for chosen client workloads.</summary>
    public bool HasSelector => Rule.WorkloadSelector is { MatchLabels.Count: > 0 };

    /// <summary>The subset of this name, or null.</summary>
    public Subset? Subset(string name) => Rule.Subsets.FirstOrDefault(s => s.Name == name);
}
