using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of DestinationRule.</summary>
internal static class DestinationRuleValidator
{
    private const string Code = "destinationRule";
    private const string PolicyCode = "trafficPolicy";
    private const int MaxPortPolicies = 4096;

    public static void Validate(Findings findings)
    {
        var rule = findings.Subject.As<DestinationRule>();
        CommonRules.WildcardDomain(findings, rule.Host, "spec.host", Code);
        Policy(findings, rule.TrafficPolicy, "spec.trafficPolicy");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < rule.Subsets.Count; i++)
        {
            var (subset, at) = (rule.Subsets[i], NodePath.Item("spec.subsets", i));
            findings.Require(Lexical.IsDnsLabel(subset.Name), NodePath.Field(at, "name"), Code,
                $"\"{subset.Name}\" is no valid subset name");
            findings.Require(names.Add(subset.Name), NodePath.Field(at, "name"), Code,
                $"the subset \"{subset.Name}\" is defined twice");
            CommonRules.LabelMap(findings, subset.Labels, NodePath.Field(at, "labels"));
            Policy(findings, subset.TrafficPolicy, NodePath.Field(at, "trafficPolicy"));
        }

        CommonRules.ExportTo(findings, rule.ExportTo);
        CommonRules.Selector(findings, rule.WorkloadSelector, "spec.workloadSelector");
        var reach =
            rule.ExportTo.Count == 1 && (rule.ExportTo[0] == "." || rule.ExportTo[0] == findings.Subject.Namespace);
        findings.Require(rule.WorkloadSelector is null || rule.ExportTo.Count == 0 || reach, "spec.exportTo", Code,
            "a rule with a workloadSelector is for its own namespace only", "Write exportTo: [\".\"].");
    }

    public static void Policy(Findings findings, TrafficPolicy? policy, string path)
    {
        if (policy is null)
        {
            return;
        }

        findings.Require(!policy.Equals(new TrafficPolicy()), path, PolicyCode,
            "a traffic policy has at least one field");
        Parts(findings, path, policy.LoadBalancer, policy.ConnectionPool, policy.OutlierDetection, policy.Tls);
        var ports = NodePath.Field(path, "portLevelSettings");
        findings.Require(policy.PortLevelSettings.Count <= MaxPortPolicies, ports, PolicyCode,
            $"at most {MaxPortPolicies} ports may be set");
        for (var i = 0; i < policy.PortLevelSettings.Count; i++)
        {
            var (port, at) = (policy.PortLevelSettings[i], NodePath.Item(ports, i));
            var isEmpty = port.LoadBalancer is null && port.ConnectionPool is null && port.OutlierDetection is null
                && port.Tls is null;
            findings.Require(!isEmpty, at, PolicyCode, "the settings of a port have at least one policy");
            findings.Require(port.Port is not null, NodePath.Field(at, "port"), PolicyCode, "the port is missing");
            CommonRules.Port(findings, port.Port?.Number ?? 1, NodePath.Field(at, "port.number"));
            Parts(findings, at, port.LoadBalancer, port.ConnectionPool, port.OutlierDetection, port.Tls);
        }

        Tunnel(findings, policy, path);
        if (policy.RetryBudget is { } budget)
        {
            findings.Require(budget.Percent is null or (>= 0 and <= 100), NodePath.Field(path, "retryBudget.percent"),
                PolicyCode, $"{budget.Percent} is no percentage");
        }
    }

    private static void Parts(
        Findings findings, string path, LoadBalancerSettings? balancer, ConnectionPoolSettings? pool,
        OutlierDetection? outlier, ClientTLSSettings? tls)
    {
        LoadBalancerRules.Validate(findings, balancer, outlier, NodePath.Field(path, "loadBalancer"));
        ConnectionRules.Pool(findings, pool, NodePath.Field(path, "connectionPool"));
        ConnectionRules.Outlier(findings, outlier, NodePath.Field(path, "outlierDetection"));
        ConnectionRules.Tls(findings, tls, NodePath.Field(path, "tls"));
    }

    private static void Tunnel(Findings findings, TrafficPolicy policy, string path)
    {
        if (policy.Tunnel is not { } tunnel)
        {
            return;
        }

        var at = NodePath.Field(path, "tunnel");
        findings.Require(policy.ProxyProtocol is null, at, PolicyCode, "tunnel and proxyProtocol exclude each other");
        findings.Require(tunnel.Protocol is "" or "CONNECT" or "POST", NodePath.Field(at, "protocol"), PolicyCode,
            $"\"{tunnel.Protocol}\" is neither CONNECT nor POST");
        var goodHost = Lexical.Fqdn(tunnel.TargetHost) is null || Lexical.IsIpAddress(tunnel.TargetHost);
        findings.Require(goodHost, NodePath.Field(at, "targetHost"), PolicyCode,
            $"\"{tunnel.TargetHost}\" is no host and no IP address");
        CommonRules.Port(findings, tunnel.TargetPort, NodePath.Field(at, "targetPort"));
    }
}
