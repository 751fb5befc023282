using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of WorkloadGroup.</summary>
internal static class WorkloadGroupValidator
{
    private const string Code = "workloadGroup";

    public static void Validate(Findings findings)
    {
        var group = findings.Subject.As<WorkloadGroup>();
        if (group.Template is null)
        {
            findings.Error("spec.template", Code, "a WorkloadGroup has a template");
        }
        else
        {
            // The address comes with each workload.
            WorkloadEntryValidator.Common(findings, group.Template, "spec.template");
        }

        if (group.Metadata is { } metadata)
        {
            CommonRules.LabelMap(findings, metadata.Labels, "spec.metadata.labels");
        }

        Probe(findings, group.Probe, "spec.probe");
    }

    private static void Probe(Findings findings, ReadinessProbe? probe, string path)
    {
        if (probe is null)
        {
            return;
        }

        foreach (var (name, value) in new[]
        {
            ("initialDelaySeconds", probe.InitialDelaySeconds), ("timeoutSeconds", probe.TimeoutSeconds),
            ("periodSeconds", probe.PeriodSeconds), ("successThreshold", probe.SuccessThreshold),
            ("failureThreshold", probe.FailureThreshold),
        })
        {
            findings.Require(value >= 0, NodePath.Field(path, name), Code, $"{value} is negative");
        }

        switch (probe.HealthCheckMethodCase)
        {
            case ReadinessProbe.HealthCheckMethodOneofCase.HttpGet:
                var (http, at) = (probe.HttpGet, NodePath.Field(path, "httpGet"));
                CommonRules.Port(findings, http.Port, NodePath.Field(at, "port"));
                findings.Require(http.Scheme is "" or "HTTP" or "HTTPS", NodePath.Field(at, "scheme"), Code,
                    $"\"{http.Scheme}\" is neither HTTP nor HTTPS");
                for (var i = 0; i < http.HttpHeaders.Count; i++)
                {
                    var name = http.HttpHeaders[i].Name;
                    findings.Require(name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'),
                        NodePath.Item(NodePath.Field(at, "httpHeaders"), i), Code,
                            $"\"{name}\" is no valid header name");
                }

                break;
            case ReadinessProbe.HealthCheckMethodOneofCase.TcpSocket:
                CommonRules.Port(findings, probe.TcpSocket.Port, NodePath.Field(path, "tcpSocket.port"));
                break;
            case ReadinessProbe.HealthCheckMethodOneofCase.Exec:
                findings.Require(probe.Exec.Command.Count > 0, NodePath.Field(path, "exec.command"), Code,
                    "the command is empty");
                break;
            case ReadinessProbe.HealthCheckMethodOneofCase.Grpc:
                CommonRules.Port(findings, probe.Grpc.Port, NodePath.Field(path, "grpc.port"));
                break;
            default:
                findings.Error(path, Code, "a probe has a method", "Set httpGet, tcpSocket, exec or grpc.");
                break;
        }
    }
}
