using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of Gateway.</summary>
internal static class GatewayValidator
{
    private const string Code = "gateway.servers";

    public static void Validate(Findings findings)
    {
        var gateway = findings.Subject.As<Gateway>();
        findings.Require(Lexical.IsDnsLabel(findings.Subject.Name), "metadata.name", "gateway.name",
            $"the name \"{findings.Subject.Name}\" of a Gateway must be one DNS label", "Use no dots.");
        findings.Require(gateway.Servers.Count > 0, "spec.servers", Code, "a Gateway has at least one server");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < gateway.Servers.Count; i++)
        {
            var (server, at) = (gateway.Servers[i], NodePath.Item("spec.servers", i));
            Server(findings, server, at);
            if (server.Port is { Name.Length: > 0 } port)
            {
                findings.Require(names.Add(port.Name), NodePath.Field(at, "port.name"), Code,
                    $"the port name \"{port.Name}\" occurs twice");
            }
        }
    }

    private static void Server(Findings findings, Server server, string path)
    {
        findings.Require(server.Hosts.Count > 0, NodePath.Field(path, "hosts"), Code, "a server has at least one host",
            "Write hosts: [\"*\"] for any.");
        for (var i = 0; i < server.Hosts.Count; i++)
        {
            Host(findings, server.Hosts[i], NodePath.Item(NodePath.Field(path, "hosts"), i));
        }

        Bind(findings, server, path);
        if (server.Port is not { } port)
        {
            findings.Error(NodePath.Field(path, "port"), Code, "a server has a port");
            ServerTlsRules.Validate(findings, server.Tls, NodePath.Field(path, "tls"));
            return;
        }

        Port(findings, port, server.Bind, NodePath.Field(path, "port"));
        Tls(findings, server, port, path);
    }

    private static void Tls(Findings findings, Server server, Port port, string path)
    {
        var protocol = Lexical.Protocol(port.Protocol);
        var at = NodePath.Field(path, "tls");
        if (Lexical.IsTls(protocol))
        {
            findings.Require(server.Tls is not null, at, Code,
                $"a server of protocol {port.Protocol} needs tls settings");
        }
        else if (server.Tls is { } tls)
        {
            if (Lexical.IsHttp(protocol))
            {
                findings.Require(ServerTlsRules.IsRedirectOnly(tls), at, Code,
                    $"a server of protocol {port.Protocol} takes no tls settings but httpsRedirect",
                    "Set the protocol to HTTPS.");
            }
            else
            {
                findings.Error(at, Code, $"a server of protocol {port.Protocol} takes no tls settings",
                    "Set the protocol to TLS.");
            }
        }

        ServerTlsRules.Validate(findings, server.Tls, at);
        if (server.Tls is { HttpsRedirect: true } && !Lexical.IsHttp(protocol))
        {
            findings.Warning(NodePath.Field(at, "httpsRedirect"), Code,
                $"httpsRedirect has no effect on a server of protocol {port.Protocol}", "Use it on the HTTP server.");
        }
    }

    private static void Bind(Findings findings, Server server, string path)
    {
        var at = NodePath.Field(path, "bind");
        if (Lexical.IsUnix(server.Bind))
        {
            if (Lexical.UnixAddress(server.Bind) is { } problem)
            {
                findings.Error(at, Code, problem);
            }

            findings.Require(server.Port is null or { Number: 0 }, NodePath.Field(path, "port.number"), Code,
                "a server on a Unix socket has port number 0");
        }
        else if (server.Bind.Length > 0)
        {
            findings.Require(Lexical.IsIpAddress(server.Bind), at, Code, $"\"{server.Bind}\" is no IP address");
        }
    }

    private static void Port(Findings findings, Port port, string bind, string path)
    {
        var protocol = Lexical.Protocol(port.Protocol);
        findings.Require(protocol is { Length: > 0 }, NodePath.Field(path, "protocol"), Code,
            $"\"{port.Protocol}\" is no protocol", "Use HTTP, HTTPS, GRPC, HTTP2, TLS, TCP or MONGO.");
        if (!Lexical.IsUnix(bind))
        {
            CommonRules.Port(findings, port.Number, NodePath.Field(path, "number"));
        }

        findings.Require(port.Name.Length > 0, NodePath.Field(path, "name"), Code, "a port of a Gateway has a name");
#pragma warning disable CS0612 // The old field is read to be judged.
        findings.Require(port.TargetPort == 0, NodePath.Field(path, "targetPort"), Code,
            "targetPort has no effect on a Gateway", "Set it in the Service of the gateway.");
#pragma warning restore CS0612
    }

    private static void Host(Findings findings, string text, string path)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var (scope, host) = slash < 0 ? ("*", text) : (text[..slash], text[(slash + 1)..]);
        findings.Require(scope is "*" or "." || Lexical.IsDnsLabel(scope), path, Code, $"\"{scope}\" is no namespace",
            "Write namespace/host, ./host, or */host.");
        if (Lexical.IsPartialWildcard(host))
        {
            findings.Error(path, Code, $"\"{host}\" has a wildcard that is not a whole label", "Write *.example.com.");
            return;
        }

        if (host != "*" && !host.Contains('.', StringComparison.Ordinal) && !Lexical.IsIpAddress(host))
        {
            findings.Error(path, Code, $"the short host name \"{host}\" is not possible here", "Write the full name.");
        }
        else if (Lexical.WildcardDomain(host) is { } problem && !Lexical.IsIpAddress(host))
        {
            findings.Error(path, Code, $"\"{host}\" is no valid host: {problem}");
        }
    }
}
