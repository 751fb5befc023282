using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;
using Hash = Istio.Networking.V1Alpha3.LoadBalancerSettings.Types.ConsistentHashLB;

namespace Lateen.Galley.Validation;

/// <summary>Rules of load balancing.</summary>
internal static class LoadBalancerRules
{
    private const string Code = "trafficPolicy.loadBalancer";
    private const ulong MaxTableSize = 5_000_011;

    public static void Validate(
        Findings findings, LoadBalancerSettings? settings, OutlierDetection? outlier, string path)
    {
        if (settings is null)
        {
            return;
        }

        ConsistentHash(findings, settings.ConsistentHash, NodePath.Field(path, "consistentHash"));
        findings.Require(settings.LocalityLbSetting is null || settings.ZoneAwareLbSetting is null, path, Code,
            "localityLbSetting and zoneAwareLbSetting exclude each other");
        LocalityRules.Validate(findings, settings.LocalityLbSetting, outlier is not null,
            NodePath.Field(path, "localityLbSetting"));
        LocalityRules.ZoneAware(findings, settings.ZoneAwareLbSetting, outlier is not null,
            NodePath.Field(path, "zoneAwareLbSetting"));
        CommonRules.Duration(findings, settings.WarmupDurationSecs, NodePath.Field(path, "warmupDurationSecs"));
        findings.Require(settings.Warmup is null || settings.WarmupDurationSecs is null, path, Code,
            "warmup and warmupDurationSecs exclude each other", "Use warmup.");
        Warmup(findings, settings.Warmup, NodePath.Field(path, "warmup"));
    }

    private static void Warmup(Findings findings, WarmupConfiguration? warmup, string path)
    {
        if (warmup is null)
        {
            return;
        }

        findings.Require(warmup.Duration is not null, NodePath.Field(path, "duration"), Code,
            "the duration is missing");
        CommonRules.Duration(findings, warmup.Duration, NodePath.Field(path, "duration"));
        findings.Require(warmup.MinimumPercent is null or (>= 0 and <= 100), NodePath.Field(path, "minimumPercent"),
            Code,
            $"{warmup.MinimumPercent} is no percentage");
        findings.Require(warmup.Aggression is null or > 0, NodePath.Field(path, "aggression"), Code,
            "aggression is above 0");
    }

    private static void ConsistentHash(
        Findings findings, LoadBalancerSettings.Types.ConsistentHashLB? hash, string path)
    {
        if (hash is null)
        {
            return;
        }

        if (hash.HttpCookie is { } cookie)
        {
            var at = NodePath.Field(path, "httpCookie");
            findings.Require(cookie.Name.Length > 0, NodePath.Field(at, "name"), Code, "a cookie has a name");
            var names = new HashSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < cookie.Attributes.Count; i++)
            {
                var name = cookie.Attributes[i].Name;
                findings.Require(name.Length > 0 && names.Add(name), NodePath.Item(NodePath.Field(at, "attributes"), i),
                    Code, name.Length == 0 ? "an attribute has a name" : $"the attribute \"{name}\" occurs twice");
            }
        }

#pragma warning disable CS0612 // The old field is read to be judged.
        var oldSize = hash.MinimumRingSize;
#pragma warning restore CS0612
        if (oldSize != 0)
        {
            findings.Warning(NodePath.Field(path, "minimumRingSize"), "deprecated", "minimumRingSize is an old field",
                "Use ringHash.minimumRingSize.");
            findings.Require(hash.HashAlgorithmCase == Hash.HashAlgorithmOneofCase.None,
                NodePath.Field(path, "minimumRingSize"), Code,
                    "minimumRingSize and ringHash or maglev exclude each other");
        }

        if (hash.Maglev is { } maglev)
        {
            var at = NodePath.Field(path, "maglev.tableSize");
            findings.Require(maglev.TableSize is > 0 and < MaxTableSize && IsPrime(maglev.TableSize), at, Code,
                $"{maglev.TableSize} is no table size: a prime number below {MaxTableSize}", "65537 is a usual one.");
        }
    }

    private static bool IsPrime(ulong number)
    {
        for (ulong divisor = 2; divisor * divisor <= number; divisor++)
        {
            if (number % divisor == 0)
            {
                return false;
            }
        }

        return number > 1;
    }
}
