using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of WorkloadEntry.</summary>
internal static class WorkloadEntryValidator
{
    private const string Code = "workloadEntry";
    private const int MaxAddress = 256;

    public static void Validate(Findings findings)
    {
        var entry = findings.Subject.As<WorkloadEntry>();
        const string path = "spec.address";
        findings.Require(entry.Address.Length <= MaxAddress, path, Code,
            $"an address has at most {MaxAddress} characters");
        if (entry.Address.Length == 0)
        {
            if (entry.Network.Length == 0)
            {
                findings.Error(path, Code, "a WorkloadEntry has an address");
            }
            else
            {
                findings.Warning(path, Code,
                    "without an address the workload is reached through its network's gateway");
            }
        }
        else if (Lexical.IsUnix(entry.Address))
        {
            if (Lexical.UnixAddress(entry.Address) is { } problem)
            {
                findings.Error(path, Code, problem);
            }

            findings.Require(entry.Ports.Count == 0, "spec.ports", Code, "a workload on a Unix socket has no ports");
        }
        else
        {
            findings.Require(Lexical.IsIpAddress(entry.Address) || Lexical.Fqdn(entry.Address) is null, path, Code,
                $"\"{entry.Address}\" is no IP address and no host");
        }

        Common(findings, entry, "spec");
    }

    /// <summary>What entries have to hold wherever they stand.</summary>
    public static void Common(Findings findings, WorkloadEntry entry, string path)
    {
        foreach (var (name, port) in entry.Ports)
        {
            var at = NodePath.Key(NodePath.Field(path, "ports"), name);
            findings.Require(Lexical.IsDnsLabel(name), at, Code, $"\"{name}\" is no valid port name");
            CommonRules.Port(findings, port, at);
        }

        CommonRules.LabelMap(findings, entry.Labels, NodePath.Field(path, "labels"));
        findings.Require(entry.ServiceAccount.Length <= 253, NodePath.Field(path, "serviceAccount"), Code,
            "a service account's name has at most 253 characters");
        findings.Require(entry.Network.Length <= 2048 && entry.Locality.Length <= 2048, path, Code,
            "network and locality have at most 2048 characters");
    }
}
