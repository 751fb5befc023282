using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Istio.Networking.V1Alpha3;
using Istio.Type.V1Beta1;
using Lateen.Core.Yaml;
using NetworkingSelector = Istio.Networking.V1Alpha3.WorkloadSelector;
using PolicySelector = Istio.Type.V1Beta1.WorkloadSelector;

namespace Lateen.Galley.Validation;

/// <summary>Rules that several kinds share.</summary>
internal static class CommonRules
{
    private const int MaxTargets = 16;
    private const int MaxLabelValue = 63;

    public static void ExportTo(Findings findings, RepeatedField<string> exportTo, bool noOneAllowed = false)
    {
        const string path = "spec.exportTo";
        const string code = "exportTo";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < exportTo.Count; i++)
        {
            var (value, at) = (exportTo[i], NodePath.Item(path, i));
            if (value is not ("." or "*") && !(value == "~" && noOneAllowed) && !Lexical.IsDnsLabel(value))
            {
                findings.Error(at, code, $"\"{value}\" is no namespace",
                    "Use \".\", \"*\" or the name of a namespace.");
            }

            if (!seen.Add(value == "." ? findings.Subject.Namespace : value))
            {
                findings.Error(at, code, $"\"{value}\" repeats an entry");
            }
        }

        if (exportTo.Count > 1 && (seen.Contains("*") || seen.Contains("~")))
        {
            findings.Error(path, code, "\"*\" and \"~\" must stand alone", "Remove the other entries.");
        }
    }

    public static void Selector(Findings findings, PolicySelector? selector, string path = "spec.selector")
    {
        if (selector is not null)
        {
            Labels(findings, selector.MatchLabels, NodePath.Field(path, "matchLabels"), path);
        }
    }

    public static void Selector(Findings findings, NetworkingSelector? selector, string path = "spec.workloadSelector")
    {
        if (selector is not null)
        {
            Labels(findings, selector.Labels, NodePath.Field(path, "labels"), path);
        }
    }

    /// <summary>A selector, or references to targets, but not both.</summary>
    public static void Targets(
        Findings findings, PolicySelector? selector, PolicyTargetReference? target,
        RepeatedField<PolicyTargetReference> targets)
    {
        const string code = "targetRefs";
        Selector(findings, selector);
        var given = (selector is null ? 0 : 1) + (target is null ? 0 : 1) + (targets.Count == 0 ? 0 : 1);
        if (given > 1)
        {
            findings.Error("spec.targetRefs", code, "only one of selector, targetRef and targetRefs may be given");
        }

        if (targets.Count > MaxTargets)
        {
            findings.Error("spec.targetRefs", code, $"at most {MaxTargets} targets may be given");
        }

        if (target is not null)
        {
            Target(findings, target, "spec.targetRef");
        }

        for (var i = 0; i < targets.Count; i++)
        {
            Target(findings, targets[i], NodePath.Item("spec.targetRefs", i));
        }
    }

    public static void LabelMap(Findings findings, MapField<string, string> labels, string path)
    {
        foreach (var (key, value) in labels)
        {
            if (Lexical.Label(key, value) is { } problem)
            {
                findings.Error(NodePath.Key(path, key), "labels", problem);
            }
        }
    }

    public static void Duration(Findings findings, Duration? duration, string path)
    {
        if (duration is not null && Lexical.Duration(duration) is { } problem)
        {
            findings.Error(path, "duration", problem);
        }
    }

    public static void Port(Findings findings, long port, string path)
    {
        if (!Lexical.IsPort(port))
        {
            findings.Error(path, "port", $"{port} is no port: ports are 1 to 65535");
        }
    }

    public static void Percent(Findings findings, double value, string path)
    {
        if (!(value is 0 or (>= 0.0001 and <= 100)))
        {
            findings.Error(path, "percentage", $"{value} is no percentage: 0, or 0.0001 to 100");
        }
    }

    public static void WildcardDomain(Findings findings, string host, string path, string code)
    {
        if (Lexical.WildcardDomain(host) is { } problem)
        {
            findings.Error(path, code, $"\"{host}\" is no valid host: {problem}");
        }
    }

    public static void Subnets(Findings findings, RepeatedField<string> subnets, string path)
    {
        for (var i = 0; i < subnets.Count; i++)
        {
            if (!Lexical.IsIpOrCidr(subnets[i]))
            {
                findings.Error(NodePath.Item(path, i), "subnet", $"\"{subnets[i]}\" is no IP address and no subnet");
            }
        }
    }

    /// <summary>A destination of a route.</summary>
    public static void Destination(Findings findings, Destination? destination, string path)
    {
        const string code = "destination";
        if (destination is null)
        {
            findings.Error(path, code, "a destination is needed", "Name a host: destination: {host: reviews}.");
            return;
        }

        var hostPath = NodePath.Field(path, "host");
        if (destination.Host == "*")
        {
            findings.Error(hostPath, code, "\"*\" is no destination: a request goes to one host");
        }
        else
        {
            WildcardDomain(findings, destination.Host, hostPath, code);
        }

        if (destination.Subset.Length > 0 && !Lexical.IsDnsLabel(destination.Subset))
        {
            findings.Error(NodePath.Field(path, "subset"), code, $"\"{destination.Subset}\" is no valid subset name");
        }

        if (destination.Port is { } port)
        {
            Port(findings, port.Number, NodePath.Field(path, "port.number"));
        }
    }

    private static void Labels(Findings findings, MapField<string, string> labels, string path, string selectorPath)
    {
        const string code = "selector";
        if (labels.Count == 0)
        {
            findings.Warning(selectorPath, code, "a selector without labels selects every workload of the namespace",
                "Name labels, or leave the selector out.");
        }

        foreach (var (key, value) in labels)
        {
            var at = NodePath.Key(path, key);
            if (key.Length == 0)
            {
                findings.Error(at, code, "a label has a key");
            }

            if (key.Contains('*', StringComparison.Ordinal) || value.Contains('*', StringComparison.Ordinal))
            {
                findings.Error(at, code, "a selector has no wildcards");
            }
            else if (value.Length > MaxLabelValue)
            {
                findings.Error(at, code, $"a label value has at most {MaxLabelValue} characters");
            }
        }
    }

    private static void Target(Findings findings, PolicyTargetReference target, string path)
    {
        const string code = "targetRefs";
        findings.Require(target.Name.Length > 0, NodePath.Field(path, "name"), code, "a target has a name");
        findings.Require(target.Namespace.Length == 0, NodePath.Field(path, "namespace"), code,
            "a target lies in the namespace of the policy", "Remove the namespace.");
        var isKnown =
            (target.Group, target.Kind) is ("" or "core", "Service") or ("networking.istio.io", "ServiceEntry")
            or ("gateway.networking.k8s.io", "Gateway" or "GatewayClass");
        findings.Require(isKnown, NodePath.Field(path, "kind"), code,
            $"\"{target.Group}/{target.Kind}\" cannot be a target",
            "Targets are Service, ServiceEntry, and Gateway and GatewayClass of gateway.networking.k8s.io.");
    }
}
