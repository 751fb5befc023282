using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of Sidecar.</summary>
internal static class SidecarValidator
{
    private const string Code = "sidecar";
    private const string IngressCode = "sidecar.ingress";

    public static void Validate(Findings findings)
    {
        var sidecar = findings.Subject.As<Sidecar>();
        CommonRules.Selector(findings, sidecar.WorkloadSelector);
        findings.Require(
            sidecar.Egress.Count + sidecar.Ingress.Count > 0 || sidecar.OutboundTrafficPolicy is not null
                || sidecar.InboundConnectionPool is not null,
            "spec", Code,
                "a Sidecar has at least one of ingress, egress, outboundTrafficPolicy, inboundConnectionPool");
        var ports = new HashSet<uint>();
        for (var i = 0; i < sidecar.Ingress.Count; i++)
        {
            Ingress(findings, sidecar.Ingress[i], ports, NodePath.Item("spec.ingress", i));
        }

        SidecarEgressRules.Validate(findings, sidecar.Egress, "spec.egress");
        ConnectionRules.Pool(findings, sidecar.InboundConnectionPool, "spec.inboundConnectionPool");
        Outbound(findings, sidecar.OutboundTrafficPolicy, "spec.outboundTrafficPolicy");
    }

    public static void Port(Findings findings, SidecarPort port, string path, string code)
    {
        findings.Require(port.Name.Length == 0 || Lexical.IsDnsLabel(port.Name), NodePath.Field(path, "name"), code,
            $"\"{port.Name}\" is no valid port name");
        findings.Require(Lexical.Protocol(port.Protocol) is not null, NodePath.Field(path, "protocol"), code,
            $"\"{port.Protocol}\" is no protocol");
#pragma warning disable CS0612 // The old field is read to be judged.
        findings.Require(port.TargetPort == 0, NodePath.Field(path, "targetPort"), code,
            "targetPort has no effect here",
            "Remove it.");
#pragma warning restore CS0612
    }

    private static void Ingress(Findings findings, IstioIngressListener listener, HashSet<uint> ports, string path)
    {
        findings.Require(listener.Bind.Length == 0 || Lexical.IsIpAddress(listener.Bind), NodePath.Field(path, "bind"),
            IngressCode, $"\"{listener.Bind}\" is no IP address");
        Endpoint(findings, listener.DefaultEndpoint, NodePath.Field(path, "defaultEndpoint"));
        ConnectionRules.Pool(findings, listener.ConnectionPool, NodePath.Field(path, "connectionPool"));
        if (listener.Port is not { } port)
        {
            findings.Error(NodePath.Field(path, "port"), IngressCode, "an ingress listener has a port");
            return;
        }

        CommonRules.Port(findings, port.Number, NodePath.Field(path, "port.number"));
        Port(findings, port, NodePath.Field(path, "port"), IngressCode);
        findings.Require(ports.Add(port.Number), NodePath.Field(path, "port.number"), IngressCode,
            $"the port {port.Number} occurs twice");
        var protocol = Lexical.Protocol(port.Protocol);
        if (listener.Tls is { } tls)
        {
            Tls(findings, tls, protocol, NodePath.Field(path, "tls"));
        }

        if (listener.ConnectionPool?.Http is not null && protocol is { Length: > 0 } && !Lexical.IsHttp(protocol))
        {
            findings.Warning(NodePath.Field(path, "connectionPool.http"), IngressCode,
                $"settings for HTTP have no effect on a port of protocol {port.Protocol}");
        }
    }

    private static void Tls(Findings findings, ServerTLSSettings tls, string? protocol, string path)
    {
        findings.Require(Lexical.IsTls(protocol), path, IngressCode, "tls needs a port of protocol HTTPS or TLS");
        ServerTlsRules.Validate(findings, tls, path);
        findings.Require(tls.SubjectAltNames.Count == 0, NodePath.Field(path, "subjectAltNames"), IngressCode,
            "subjectAltNames are not possible on a sidecar");
        findings.Require(!tls.HttpsRedirect, NodePath.Field(path, "httpsRedirect"), IngressCode,
            "httpsRedirect is not possible on a sidecar");
        findings.Require(tls.CredentialName.Length == 0 && tls.CredentialNames.Count == 0,
            NodePath.Field(path, "credentialName"), IngressCode, "a sidecar reads certificates from files",
            "Use serverCertificate and privateKey.");
        findings.Require(tls.TlsCertificates.Count == 0, NodePath.Field(path, "tlsCertificates"), IngressCode,
            "tlsCertificates are not possible on a sidecar");
        findings.Require(
            tls.Mode is not (ServerTLSSettings.Types.TLSmode.IstioMutual
                or ServerTLSSettings.Types.TLSmode.AutoPassthrough),
            NodePath.Field(path, "mode"), IngressCode, "this mode is not possible on a sidecar");
    }

    private static void Endpoint(Findings findings, string endpoint, string path)
    {
        if (Lexical.IsUnix(endpoint))
        {
            if (Lexical.UnixAddress(endpoint) is { } problem)
            {
                findings.Error(path, IngressCode, problem);
            }
        }
        else if (endpoint.Length > 0)
        {
            var colon = endpoint.LastIndexOf(':');
            var host = colon < 0 ? endpoint : endpoint[..colon];
            var port = colon < 0 ? "" : endpoint[(colon + 1)..];
            findings.Require(host is "127.0.0.1" or "[::1]" or "0.0.0.0" or "[::]" or "", path, IngressCode,
                $"\"{endpoint}\" is not the workload itself", "Write 127.0.0.1:PORT, 0.0.0.0:PORT or unix://PATH.");
            findings.Require(ushort.TryParse(port, out var number) && number > 0, path, IngressCode,
                $"\"{endpoint}\" has no valid port");
        }
    }

    private static void Outbound(Findings findings, OutboundTrafficPolicy? policy, string path)
    {
        if (policy is null)
        {
            return;
        }

        findings.Require(policy.Mode is OutboundTrafficPolicy.Types.Mode.RegistryOnly
            or OutboundTrafficPolicy.Types.Mode.AllowAny,
            NodePath.Field(path, "mode"), Code, "the mode is REGISTRY_ONLY or ALLOW_ANY");
        if (policy.EgressProxy is not { } proxy)
        {
            return;
        }

        var at = NodePath.Field(path, "egressProxy");
        findings.Require(policy.Mode == OutboundTrafficPolicy.Types.Mode.AllowAny, at, Code,
            "egressProxy needs mode ALLOW_ANY");
        CommonRules.Destination(findings, proxy, at);
        findings.Require(Lexical.Fqdn(proxy.Host) is null, NodePath.Field(at, "host"), Code,
            $"\"{proxy.Host}\" is no full host name");
        findings.Require(proxy.Port is not null, NodePath.Field(at, "port"), Code, "the egress proxy needs a port");
    }
}
