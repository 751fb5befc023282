using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Endpoints;

/// <summary>Weights and priorities of localities as seen by a client (contract 8.4). Pure.</summary>
internal static class LocalityOrder
{
    /// <summary>Applies the settings; returns the groups, which failover priorities may have split.</summary>
    public static List<LocalityGroup> Apply(
        List<LocalityGroup> groups, LocalitySettings settings, bool hasOutlierDetection, EndpointView client)
    {
        if (settings.ZoneAware is { } zoneAware)
        {
            if (!settings.IsZoneAwareOn)
            {
                return groups;
            }
            groups = zoneAware.FailoverPriority.Count > 0
                ? SplitByLabels(groups, zoneAware.FailoverPriority, client) : groups;
            var to = zoneAware.Failover.FirstOrDefault(f => f.From == client.Locality.Region)?.To;
            Prioritise(groups, 3, g =>
                g.Locality.Region == client.Locality.Region ? 0 : g.Locality.Region == to ? 1 : 2);
            return groups;
        }
        var locality = settings.Locality!;
        if (locality.Distribute.Count > 0)
        {
            Distribute(groups, locality.Distribute, client.Locality);
            return groups;
        }
        if (!hasOutlierDetection && !settings.Force)
        {
            return groups;
        }
        if (locality.FailoverPriority.Count > 0)
        {
            groups = SplitByLabels(groups, locality.FailoverPriority, client);
            if (locality.Failover.Count == 0)
            {
                return groups;
            }
        }
        Failover(groups, locality.Failover, client.Locality);
        return groups;
    }

    /// <summary>Region, zone and sub-zone the same: 0; two: 1; one: 2; none: 3.</summary>
    public static int Distance(Locality client, Locality endpoint)
    {
        return client.Region != endpoint.Region ? 3
            : client.Zone != endpoint.Zone ? 2
            : client.SubZone != endpoint.SubZone ? 1 : 0;
    }

    /// <summary>Whether a locality lies in <c>region/zone/subzone</c>, where <c>*</c> and missing parts stand for
    /// any.</summary>
    public static bool LiesIn(Locality locality, string rule)
    {
        var parts = rule.Split('/', 3);
        static bool Fits(string part, string value) => part is "*" or "" || part == value;
        return (parts[0] == "*" || parts[0] == locality.Region)
            && (parts.Length < 2 || Fits(parts[1], locality.Zone))
            && (parts.Length < 3 || Fits(parts[2], locality.SubZone));
    }

    private static void Failover(
        List<LocalityGroup> groups, IEnumerable<LocalityLoadBalancerSetting.Types.Failover> failover, Locality client)
    {
        var to = failover.FirstOrDefault(f => f.From == client.Region)?.To;
        Prioritise(groups, 5, g =>
        {
            var distance = Distance(client, g.Locality);
            return distance == 3 && to is not null && g.Locality.Region != to ? 4 : distance;
        });
    }

    /// <summary>Refines the priorities, then closes the gaps between them.</summary>
    private static void Prioritise(List<LocalityGroup> groups, uint steps, Func<LocalityGroup, int> priority)
    {
        foreach (var group in groups)
        {
            group.Priority = (group.Priority * steps) + (uint)priority(group);
        }
        CloseGaps(groups);
    }

    private static void CloseGaps(List<LocalityGroup> groups)
    {
        var ranks = groups.Select(g => g.Priority).Distinct().Order().ToList();
        foreach (var group in groups)
        {
            group.Priority = (uint)ranks.IndexOf(group.Priority);
        }
    }

    private static void Distribute(
        List<LocalityGroup> groups, IEnumerable<LocalityLoadBalancerSetting.Types.Distribute> rules, Locality client)
    {
        var rule = rules.FirstOrDefault(r => LiesIn(client, r.From));
        if (rule is null)
        {
            return;
        }
        var left = groups.ToHashSet();
        // Exact targets before those with wildcards, so that a locality is counted where it is named.
        foreach (var (target, weight) in rule.To.OrderBy(t => t.Key.Contains('*', StringComparison.Ordinal))
            .ThenByDescending(t => t.Key.Length).ThenBy(t => t.Key, StringComparer.Ordinal))
        {
            var matched = groups.Where(g => left.Contains(g) && LiesIn(g.Locality, target)).ToList();
            var total = matched.Sum(g => (double)(g.Weight ?? 1));
            foreach (var group in matched)
            {
                left.Remove(group);
                var share = (group.Weight ?? 1) * weight / total;
                group.Weight = share > 0 ? (uint)Math.Ceiling(share) : group.Weight;
            }
        }
        foreach (var group in left)
        {
            group.Members.Clear();
        }
    }

    /// <summary>Splits each group by how many labels, from the first on, agree with the client's.</summary>
    private static List<LocalityGroup> SplitByLabels(
        List<LocalityGroup> groups, IReadOnlyList<string> priorities, EndpointView client)
    {
        var labels = priorities.Select(p => p.Split('=', 2)).ToList();
        var wanted = labels.Select(l => l.Length == 2 ? l[1] : EndpointLabels.Of(client, l[0])).ToList();
        var networkFirst = labels[0][0] == WellKnownLabels.Network;
        var result = new List<LocalityGroup>();
        foreach (var group in groups)
        {
            var parts = new SortedDictionary<uint, LocalityGroup>();
            foreach (var member in group.Members)
            {
                var priority = PriorityOf(member.Source, labels, wanted, networkFirst);
                if (!parts.TryGetValue(priority, out var part))
                {
                    parts.Add(priority, part = new LocalityGroup(group.Locality) { Priority = priority });
                }
                part.Members.Add(member);
            }
            foreach (var part in parts.Values)
            {
                part.Weight = part.SumOfWeights();
                result.Add(part);
            }
        }
        CloseGaps(result);
        return result;
    }

    private static uint PriorityOf(
        IstioEndpoint endpoint, List<string[]> labels, List<string> wanted, bool networkFirst)
    {
        var adjust = 0;
        for (var i = 0; i < labels.Count; i++)
        {
            if (EndpointLabels.Of(endpoint, labels[i][0]) == wanted[i])
            {
                continue;
            }
            if (i == 0 && networkFirst)
            {
                // Other networks come after all of the own one, and are ordered among themselves by the rest.
                adjust = labels.Count;
                continue;
            }
            return (uint)(labels.Count - i + adjust);
        }
        return (uint)adjust;
    }
}
