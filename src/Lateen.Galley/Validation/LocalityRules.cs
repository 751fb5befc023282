using Google.Protobuf.Collections;
using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of load balancing by locality.</summary>
internal static class LocalityRules
{
    private const string Code = "trafficPolicy.locality";

    private static readonly string[] _places =
        ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"];

    public static void Validate(Findings findings, LocalityLoadBalancerSetting? setting, bool hasOutlier, string path)
    {
        if (setting is null)
        {
            return;
        }

        var failover = setting.Failover.Select(f => (f.From, f.To)).ToList();
        findings.Require(setting.Distribute.Count == 0 || failover.Count == 0, path, Code,
            "distribute and failover exclude each other");
        if (failover.Count > 0 && setting.FailoverPriority.Any(IsPlace))
        {
            findings.Error(NodePath.Field(path, "failoverPriority"), Code,
                "failoverPriority must not name region, zone or subzone beside failover");
        }

        Distribute(findings, setting.Distribute, NodePath.Field(path, "distribute"));
        Failover(findings, failover, NodePath.Field(path, "failover"));
        WarnWithoutOutlier(findings, failover.Count + setting.FailoverPriority.Count > 0, hasOutlier, path);
    }

    public static void ZoneAware(Findings findings, ZoneAwareLoadBalancerSetting? setting, bool hasOutlier, string path)
    {
        if (setting is null)
        {
            return;
        }

        var failover = setting.Failover.Select(f => (f.From, f.To)).ToList();
        findings.Require(!setting.FailoverPriority.Any(IsPlace), NodePath.Field(path, "failoverPriority"), Code,
            "failoverPriority must not name region, zone or subzone here");
        Failover(findings, failover, NodePath.Field(path, "failover"));
        WarnWithoutOutlier(findings, failover.Count + setting.FailoverPriority.Count > 0, hasOutlier, path);
    }

    private static bool IsPlace(string label) => _places.Contains(label.Split('=')[0]);

    private static void WarnWithoutOutlier(Findings findings, bool isUsed, bool hasOutlier, string path)
    {
        if (isUsed && !hasOutlier)
        {
            findings.Warning(path, Code, "failover has no effect without outlierDetection",
                "Set outlierDetection in the same policy.");
        }
    }

    private static void Failover(Findings findings, List<(string From, string To)> failover, string path)
    {
        for (var i = 0; i < failover.Count; i++)
        {
            var ((from, to), at) = (failover[i], NodePath.Item(path, i));
            findings.Require(from != to, at, Code, "from and to are the same region");
            findings.Require(!(from + to).Contains('*', StringComparison.Ordinal), at, Code,
                "failover has no wildcards");
            findings.Require(!(from + to).Contains('/', StringComparison.Ordinal), at, Code,
                "failover is between regions", "Write the region only, without zone.");
        }
    }

    private static void Distribute(
        Findings findings, RepeatedField<LocalityLoadBalancerSetting.Types.Distribute> entries, string path)
    {
        var sources = new List<string>();
        for (var i = 0; i < entries.Count; i++)
        {
            var (entry, at) = (entries[i], NodePath.Item(path, i));
            sources.Add(entry.From);
            Localities(findings, [.. entry.To.Keys], NodePath.Field(at, "to"));
            long total = 0;
            foreach (var (locality, weight) in entry.To)
            {
                findings.Require(weight is >= 1 and <= 100, NodePath.Key(NodePath.Field(at, "to"), locality), Code,
                    $"{weight} is no weight: 1 to 100");
                total += weight;
            }

            findings.Require(total == 100, NodePath.Field(at, "to"), Code,
                $"the weights add up to {total}, not to 100");
        }

        Localities(findings, sources, path);
    }

    private static void Localities(Findings findings, List<string> localities, string path)
    {
        foreach (var locality in localities)
        {
            var star = locality.IndexOf('*', StringComparison.Ordinal);
            findings.Require(star < 0 || star == locality.Length - 1, path, Code,
                $"\"{locality}\" has a wildcard in another place than at its end");
            findings.Require(locality.Length > 0 && locality.Split('/').All(part => part.Length > 0), path, Code,
                $"\"{locality}\" has an empty part", "Write region/zone/subzone, region/*, or *.");
        }

        for (var i = 0; i < localities.Count; i++)
        {
            var other = localities.Take(i).FirstOrDefault(l => Overlap(l, localities[i]));
            findings.Require(other is null, path, Code, $"\"{localities[i]}\" and \"{other}\" overlap");
        }
    }

    private static bool Overlap(string a, string b)
    {
        var (left, right) = (a.Split('/'), b.Split('/'));
        for (var i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            if (left[i] == "*" || right[i] == "*")
            {
                return true;
            }

            if (left[i] != right[i])
            {
                return false;
            }
        }

        return true;
    }
}
