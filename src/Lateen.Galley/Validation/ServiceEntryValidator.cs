using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;
using static Istio.Networking.V1Alpha3.ServiceEntry.Types;

namespace Lateen.Galley.Validation;

/// <summary>Rules of ServiceEntry.</summary>
internal static class ServiceEntryValidator
{
    private const string Code = "serviceEntry";
    private const int MaxHosts = 256;
    private const int MaxEndpoints = 4096;
    private const string WaypointLabel = "istio.io/use-waypoint";
    private const string AutoAllocateLabel = "networking.istio.io/enable-autoallocate-ip";

    public static void Validate(Findings findings)
    {
        var entry = findings.Subject.As<ServiceEntry>();
        CheckHosts(findings, entry);
        Addresses(findings, entry);
        var ports = Ports(findings, entry);
        findings.Require(entry.WorkloadSelector is null || entry.Endpoints.Count == 0, "spec.workloadSelector", Code,
            "workloadSelector and endpoints exclude each other");
        findings.Require(entry.Endpoints.Count <= MaxEndpoints, "spec.endpoints", Code,
            $"at most {MaxEndpoints} endpoints are possible");
        CommonRules.Selector(findings, entry.WorkloadSelector);
        if (entry.WorkloadSelector is not null && entry.Resolution == Resolution.None)
        {
            findings.Warning("spec.resolution", Code, "with resolution NONE the selected workloads are not used",
                "Set resolution: STATIC.");
        }

        switch (entry.Resolution)
        {
            case Resolution.None:
                findings.Require(entry.Endpoints.Count == 0, "spec.endpoints", Code,
                    "with resolution NONE no endpoints are possible", "Set resolution: STATIC or DNS.");
                break;
            case Resolution.Static:
                Static(findings, entry, ports);
                break;
            case Resolution.Dns or Resolution.DnsRoundRobin:
                Dns(findings, entry, ports);
                break;
            case Resolution.DynamicDns:
                DynamicDns(findings, entry);
                break;
            default:
                findings.Error("spec.resolution", Code, $"the resolution {(int)entry.Resolution} is unknown");
                break;
        }

        ManyHosts(findings, entry);
        CommonRules.ExportTo(findings, entry.ExportTo, noOneAllowed: true);
    }

    private static void CheckHosts(Findings findings, ServiceEntry entry)
    {
        findings.Require(entry.Hosts.Count is > 0 and <= MaxHosts, "spec.hosts", Code,
            $"a ServiceEntry has 1 to {MaxHosts} hosts");
        for (var i = 0; i < entry.Hosts.Count; i++)
        {
            var (host, at) = (entry.Hosts[i], NodePath.Item("spec.hosts", i));
            if (host == "*")
            {
                findings.Error(at, Code, "the host \"*\" is not possible", "Name a domain, such as *.example.com.");
                continue;
            }

            CommonRules.WildcardDomain(findings, host, at, Code);
            if (Lexical.IsPartialWildcard(host) && entry.Resolution != Resolution.DynamicDns)
            {
                findings.Warning(at, Code, $"\"{host}\" has a wildcard that is not a whole label");
            }
        }
    }

    private static void Addresses(Findings findings, ServiceEntry entry)
    {
        findings.Require(entry.Addresses.Count <= MaxHosts, "spec.addresses", Code,
            $"at most {MaxHosts} addresses are possible");
        CommonRules.Subnets(findings, entry.Addresses, "spec.addresses");
        var cidr = entry.Addresses.Any(a => a.Contains('/', StringComparison.Ordinal));
        findings.Require(!cidr || entry.Resolution is Resolution.None or Resolution.Static, "spec.addresses", Code,
            "subnets are possible with resolution NONE and STATIC only");
    }

    private static HashSet<string> Ports(Findings findings, ServiceEntry entry)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var numbers = new HashSet<uint>();
        findings.Require(entry.Ports.Count <= MaxHosts, "spec.ports", Code, $"at most {MaxHosts} ports are possible");
        for (var i = 0; i < entry.Ports.Count; i++)
        {
            var (port, at) = (entry.Ports[i], NodePath.Item("spec.ports", i));
            findings.Require(Lexical.IsDnsLabel(port.Name), NodePath.Field(at, "name"), Code,
                $"\"{port.Name}\" is no valid port name");
            findings.Require(names.Add(port.Name), NodePath.Field(at, "name"), Code,
                $"the port name \"{port.Name}\" occurs twice");
            CommonRules.Port(findings, port.Number, NodePath.Field(at, "number"));
            findings.Require(numbers.Add(port.Number), NodePath.Field(at, "number"), Code,
                $"the port {port.Number} occurs twice");
            findings.Require(Lexical.Protocol(port.Protocol) is not null, NodePath.Field(at, "protocol"), Code,
                $"\"{port.Protocol}\" is no protocol");
            if (port.TargetPort != 0)
            {
                CommonRules.Port(findings, port.TargetPort, NodePath.Field(at, "targetPort"));
            }

            WarnIfCatchAll(findings, entry, port, at);
        }

        return names;
    }

    // Without an address the only thing that tells connections of such a port apart is the port.
    private static void WarnIfCatchAll(Findings findings, ServiceEntry entry, ServicePort port, string path)
    {
        var protocol = Lexical.Protocol(port.Protocol);
        var isTcp = protocol is "" or "tcp" or "mongo" or "redis" or "mysql";
        var isAllocated = entry.Resolution != Resolution.None
            && entry.Hosts.All(h => !h.StartsWith('*'))
            && findings.Subject.Labels.GetValueOrDefault(AutoAllocateLabel) != "false";
        if (isTcp && entry.Addresses.Count == 0 && !isAllocated && entry.Resolution != Resolution.DynamicDns)
        {
            findings.Warning(path, Code,
                $"without addresses, port {port.Number} takes all TCP traffic to that port of any host",
                "Set addresses, or a protocol such as HTTP or TLS.");
        }
    }

    private static void Static(Findings findings, ServiceEntry entry, HashSet<string> ports)
    {
        for (var i = 0; i < entry.Endpoints.Count; i++)
        {
            var (endpoint, at) = (entry.Endpoints[i], NodePath.Item("spec.endpoints", i));
            var address = NodePath.Field(at, "address");
            if (Lexical.IsUnix(endpoint.Address))
            {
                if (Lexical.UnixAddress(endpoint.Address) is { } problem)
                {
                    findings.Error(address, Code, problem);
                }

                findings.Require(entry.Ports.Count == 1 && endpoint.Ports.Count == 0, at, Code,
                    "an endpoint on a Unix socket needs a ServiceEntry with exactly one port, and has no ports itself");
            }
            else if (endpoint.Address.Length > 0 || endpoint.Network.Length == 0)
            {
                findings.Require(Lexical.IsIpAddress(endpoint.Address), address, Code,
                    $"\"{endpoint.Address}\" is no IP address, which resolution STATIC needs", "Set resolution: DNS.");
            }

            if (endpoint.Address.Length == 0 && endpoint.Network.Length > 0)
            {
                findings.Warning(address, Code,
                    "without an address the endpoint is reached through its network's gateway");
            }

            EndpointPorts(findings, endpoint, ports, at);
        }
    }

    private static void Dns(Findings findings, ServiceEntry entry, HashSet<string> ports)
    {
        findings.Require(entry.Resolution != Resolution.DnsRoundRobin || entry.Endpoints.Count <= 1, "spec.endpoints",
            Code,
            "with resolution DNS_ROUND_ROBIN one endpoint is possible");
        if (entry.Endpoints.Count == 0 && entry.WorkloadSelector is null)
        {
            for (var i = 0; i < entry.Hosts.Count; i++)
            {
                findings.Require(Lexical.Fqdn(entry.Hosts[i]) is null, NodePath.Item("spec.hosts", i), Code,
                    $"\"{entry.Hosts[i]}\" cannot be resolved by DNS", "Name endpoints, or a host without wildcard.");
            }
        }

        for (var i = 0; i < entry.Endpoints.Count; i++)
        {
            var (endpoint, at) = (entry.Endpoints[i], NodePath.Item("spec.endpoints", i));
            var isAddress = Lexical.IsIpAddress(endpoint.Address) || Lexical.Fqdn(endpoint.Address) is null
                || (endpoint.Address.Length == 0 && endpoint.Network.Length > 0);
            findings.Require(isAddress, NodePath.Field(at, "address"), Code,
                $"\"{endpoint.Address}\" is no host and no IP address");
            EndpointPorts(findings, endpoint, ports, at);
        }

        var hasTcp =
            entry.Ports.Any(p => Lexical.Protocol(p.Protocol) is { Length: > 0 } known && !Lexical.IsHttp(known));
        if (entry.Addresses.Count > 0 && hasTcp && entry.Hosts.Count > 1)
        {
            findings.Warning("spec.hosts", Code, "TCP traffic to the addresses cannot be told apart by host",
                "Make a ServiceEntry for each host.");
        }
    }

    private static void DynamicDns(Findings findings, ServiceEntry entry)
    {
        const string mode = "with resolution DYNAMIC_DNS";
        for (var i = 0; i < entry.Hosts.Count; i++)
        {
            findings.Require(entry.Hosts[i].StartsWith('*'), NodePath.Item("spec.hosts", i), Code,
                $"{mode} hosts have a wildcard", "Use resolution: DNS for one host.");
        }

        findings.Require(entry.Addresses.Count == 0, "spec.addresses", Code, $"{mode} no addresses are possible");
        findings.Require(entry.Endpoints.Count == 0, "spec.endpoints", Code, $"{mode} no endpoints are possible");
        for (var i = 0; i < entry.Ports.Count; i++)
        {
            var protocol = Lexical.Protocol(entry.Ports[i].Protocol);
            findings.Require(protocol is null or "http" or "http2" or "grpc" or "tls",
                NodePath.Item("spec.ports", i), Code, $"{mode} protocols are HTTP, HTTP2, GRPC and TLS");
        }

        findings.Require(entry.Location != Location.MeshInternal || !findings.Subject.Labels.ContainsKey(WaypointLabel),
            "spec.location", Code, $"{mode} and a waypoint the location is MESH_EXTERNAL");
    }

    private static void EndpointPorts(Findings findings, WorkloadEntry endpoint, HashSet<string> ports, string path)
    {
        WorkloadEntryValidator.Common(findings, endpoint, path);
        foreach (var name in endpoint.Ports.Keys)
        {
            findings.Require(ports.Contains(name), NodePath.Key(NodePath.Field(path, "ports"), name), Code,
                $"the ServiceEntry has no port \"{name}\"");
        }
    }

    private static void ManyHosts(Findings findings, ServiceEntry entry)
    {
        if (entry.Hosts.Count < 2 || entry.Resolution is Resolution.None)
        {
            return;
        }

        for (var i = 0; i < entry.Ports.Count; i++)
        {
            var protocol = Lexical.Protocol(entry.Ports[i].Protocol);
            findings.Require(protocol is null || Lexical.IsHttp(protocol) || Lexical.IsTls(protocol),
                NodePath.Item("spec.ports", i), Code, "several hosts can be told apart on HTTP and TLS ports only",
                "Make a ServiceEntry for each host.");
        }
    }
}
