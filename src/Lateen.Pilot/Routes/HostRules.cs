using System.Collections.Frozen;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>The rules of an egress listener by the hosts that they declare.</summary>
internal sealed class HostRules(EquatableArray<VirtualServiceListing> rules) : IEquatable<HostRules>
{
    private readonly EquatableArray<VirtualServiceListing> _rules = rules;
    private readonly FrozenDictionary<string, int[]> _byHost = rules.Items
        .SelectMany((rule, at) => rule.Hosts.Items.Select(host => (Host: host.ToLowerInvariant(), At: at)).Distinct())
        .GroupBy(pair => pair.Host, pair => pair.At)
        .ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

    /// <summary>The rules with a host that covers this one, in their order.</summary>
    internal EquatableArray<VirtualServiceListing> Covering(string host)
    {
        var found = new SortedSet<int>();
        foreach (var name in HostNames.CoveringNames(host))
        {
            found.UnionWith(_byHost.GetValueOrDefault(name, []));
        }
        return [.. found.Select(at => _rules[at])];
    }

    /// <inheritdoc/>
    public bool Equals(HostRules? other) => other is not null && _rules == other._rules;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as HostRules);

    /// <inheritdoc/>
    public override int GetHashCode() => _rules.Count;
}
