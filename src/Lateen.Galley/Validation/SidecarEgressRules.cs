using Google.Protobuf.Collections;
using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of the egress listeners of a Sidecar.</summary>
internal static class SidecarEgressRules
{
    private const string Code = "sidecar.egress";

    public static void Validate(Findings findings, RepeatedField<IstioEgressListener> listeners, string path)
    {
        var ports = new HashSet<uint>();
        var sockets = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < listeners.Count; i++)
        {
            var (listener, at) = (listeners[i], NodePath.Item(path, i));
            if (listener.Port is null)
            {
                findings.Require(i == listeners.Count - 1, at, Code,
                    "a listener without port is for all other ports, so it stands last, and alone",
                    "Move it to the end.");
                findings.Require(listener.Bind.Length == 0 || Lexical.IsIpAddress(listener.Bind),
                    NodePath.Field(at, "bind"), Code, $"\"{listener.Bind}\" is no IP address");
            }
            else
            {
                Listener(findings, listener, ports, sockets, at);
            }

            CheckHosts(findings, listener.Hosts, NodePath.Field(at, "hosts"));
        }
    }

    private static void Listener(
        Findings findings, IstioEgressListener listener, HashSet<uint> ports, HashSet<string> sockets, string path)
    {
        var port = listener.Port;
        SidecarValidator.Port(findings, port, NodePath.Field(path, "port"), Code);
        if (port.Number == 0)
        {
            findings.Require(Lexical.IsUnix(listener.Bind), NodePath.Field(path, "bind"), Code,
                "a listener with port number 0 binds to a Unix socket", "Write bind: unix:///path.");
            findings.Require(listener.CaptureMode != CaptureMode.Iptables, NodePath.Field(path, "captureMode"), Code,
                "traffic to a Unix socket cannot be captured", "Use captureMode DEFAULT or NONE.");
            findings.Require(sockets.Add(listener.Bind), NodePath.Field(path, "bind"), Code,
                $"\"{listener.Bind}\" occurs twice");
        }
        else
        {
            CommonRules.Port(findings, port.Number, NodePath.Field(path, "port.number"));
            findings.Require(ports.Add(port.Number), NodePath.Field(path, "port.number"), Code,
                $"the port {port.Number} occurs twice");
            findings.Require(listener.Bind.Length == 0 || Lexical.IsIpAddress(listener.Bind),
                NodePath.Field(path, "bind"),
                Code, $"\"{listener.Bind}\" is no IP address");
        }

        if (Lexical.IsUnix(listener.Bind) && Lexical.UnixAddress(listener.Bind) is { } problem)
        {
            findings.Error(NodePath.Field(path, "bind"), Code, problem);
        }
    }

    private static void CheckHosts(Findings findings, RepeatedField<string> hosts, string path)
    {
        findings.Require(hosts.Count > 0, path, Code, "a listener has at least one host", "Write hosts: [\"./*\"].");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < hosts.Count; i++)
        {
            var (host, at) = (hosts[i], NodePath.Item(path, i));
            Host(findings, host, at);
            var full = host.StartsWith("./", StringComparison.Ordinal) ? findings.Subject.Namespace + host[1..] : host;
            if (!seen.Add(full))
            {
                findings.Warning(at, Code, $"\"{host}\" occurs twice");
            }
        }

        foreach (var whole in seen.Where(h => h.EndsWith("/*", StringComparison.Ordinal) && h is not ("*/*" or "~/*")))
        {
            if (seen.FirstOrDefault(h => h != whole && h.StartsWith(whole[..^1], StringComparison.Ordinal)) is { } part)
            {
                findings.Warning(path, Code, $"\"{part}\" has no effect: \"{whole}\" holds it");
            }
        }

        if (seen.Contains("*/*") && seen.Any(h => h != "*/*" && !h.StartsWith('~')))
        {
            findings.Warning(path, Code, "\"*/*\" holds everything, so the other hosts have no effect");
        }
    }

    private static void Host(Findings findings, string text, string path)
    {
        var parts = text.Split('/');
        if (parts.Length != 2)
        {
            findings.Error(path, Code, $"\"{text}\" is not of the form namespace/host",
                "Write \"./*\" or \"*/*.example.com\".");
            return;
        }

        var (scope, host) = (parts[0], parts[1]);
        var name = scope.StartsWith('~') ? scope[1..] : scope;
        findings.Require(scope is "*" or "." or "~" || Lexical.IsDnsLabel(name), path, Code,
            $"\"{scope}\" is no namespace");
        if (host == "*")
        {
            return;
        }

        if (Lexical.IsPartialWildcard(host))
        {
            findings.Error(path, Code, $"\"{host}\" has a wildcard that is not a whole label", "Write *.example.com.");
        }
        else if (!host.Contains('.', StringComparison.Ordinal))
        {
            findings.Error(path, Code, $"the short host name \"{host}\" is not possible here", "Write the full name.");
        }
        else
        {
            CommonRules.WildcardDomain(findings, host, path, Code);
        }
    }
}
