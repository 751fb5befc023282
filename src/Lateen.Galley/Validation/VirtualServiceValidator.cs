using System.Text.RegularExpressions;
using Google.Protobuf.Collections;
using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of VirtualService.</summary>
internal static partial class VirtualServiceValidator
{
    private const string HostCode = "virtualService.hosts";
    private const string RouteCode = "virtualService.route";
    private const string MatchCode = "virtualService.match";
    private const string Mesh = "mesh";

    public static void Validate(Findings findings)
    {
        var service = findings.Subject.As<VirtualService>();
        var isDelegate = service.Hosts.Count == 0;
        var appliesToMesh = service.Gateways.Count == 0 || service.Gateways.Contains(Mesh);
        if (isDelegate)
        {
            Delegate(findings, service);
        }
        else
        {
            HttpRouteRules.GatewayNames(findings, service.Gateways, "spec.gateways");
            CheckHosts(findings, service, appliesToMesh);
        }

        findings.Require(service.Http.Count + service.Tcp.Count + service.Tls.Count > 0, "spec", RouteCode,
            "a VirtualService has at least one of http, tls and tcp");
        var http = new HttpRouteRules(findings, isDelegate, gatewayOnly: !appliesToMesh);
        for (var i = 0; i < service.Http.Count; i++)
        {
            http.Validate(service.Http[i], NodePath.Item("spec.http", i));
        }

        for (var i = 0; i < service.Tls.Count; i++)
        {
            Tls(findings, service, service.Tls[i], NodePath.Item("spec.tls", i));
        }

        for (var i = 0; i < service.Tcp.Count; i++)
        {
            Tcp(findings, service.Tcp[i], NodePath.Item("spec.tcp", i));
        }

        CommonRules.ExportTo(findings, service.ExportTo);
        ReachabilityRules.Validate(findings, service);
    }

    private static void Delegate(Findings findings, VirtualService service)
    {
        const string code = "virtualService.delegate";
        const string hint =
            "Without hosts a VirtualService is a delegate of others. Give it hosts if it should stand alone.";
        findings.Require(service.Gateways.Count == 0, "spec.gateways", code, "a delegate has no gateways", hint);
        findings.Require(service.Tls.Count == 0, "spec.tls", code, "a delegate has no tls rules", hint);
        findings.Require(service.Tcp.Count == 0, "spec.tcp", code, "a delegate has no tcp rules", hint);
    }

    private static void CheckHosts(Findings findings, VirtualService service, bool appliesToMesh)
    {
        var anySni = service.Tls.Any(t => t.Match.Any(m => m.SniHosts.Count > 0));
        var appliesToGateway = service.Gateways.Any(g => g != Mesh);
        var allGood = true;
        for (var i = 0; i < service.Hosts.Count; i++)
        {
            var (host, at) = (service.Hosts[i], NodePath.Item("spec.hosts", i));
            if (Lexical.WildcardDomain(host) is { } problem)
            {
                if (!Lexical.IsIpAddress(host) && !(anySni && appliesToGateway && SniName().IsMatch(host)))
                {
                    findings.Error(at, HostCode, $"\"{host}\" is no valid host: {problem}");
                    allGood = false;
                }
            }
            else if (host == "*" && appliesToMesh)
            {
                findings.Error(at, HostCode, "the host \"*\" is not possible for the gateway mesh",
                    "Name hosts, or bind the VirtualService to gateways only.");
            }
        }

        for (var i = 0; allGood && i < service.Hosts.Count; i++)
        {
            var other = service.Hosts.Take(i).FirstOrDefault(h => Hosts.Overlap(h, service.Hosts[i]));
            if (other is not null)
            {
                findings.Error(NodePath.Item("spec.hosts", i), HostCode,
                    $"\"{service.Hosts[i]}\" overlaps with \"{other}\"", "Remove one of them.");
            }
        }
    }

    private static void Tls(Findings findings, VirtualService service, TLSRoute route, string path)
    {
        findings.Require(route.Match.Count > 0, path, RouteCode, "a tls rule has at least one match");
        for (var i = 0; i < route.Match.Count; i++)
        {
            var (match, at) = (route.Match[i], NodePath.Item(NodePath.Field(path, "match"), i));
            SniHosts(findings, service, match, NodePath.Field(at, "sniHosts"));
            L4(findings, match.DestinationSubnets, match.Port, match.SourceLabels, match.Gateways,
                match.SourceNamespace, at);
        }

        Destinations(findings, route.Route, path);
    }

    private static void SniHosts(Findings findings, VirtualService service, TLSMatchAttributes match, string path)
    {
        findings.Require(match.SniHosts.Count > 0, path, MatchCode, "a match of a tls rule has at least one sniHost");
        for (var i = 0; i < match.SniHosts.Count; i++)
        {
            var (host, at) = (match.SniHosts[i], NodePath.Item(path, i));
            if (Lexical.WildcardDomain(host) is { } problem && !SniName().IsMatch(host))
            {
                if (Lexical.IsIpAddress(host))
                {
                    findings.Warning(at, MatchCode, "clients send no IP address as server name, so this never matches");
                }
                else
                {
                    findings.Error(at, MatchCode, $"\"{host}\" is no valid host: {problem}");
                }

                continue;
            }

            findings.Require(service.Hosts.Any(h => Hosts.IsSubset(host, h)), at, MatchCode,
                $"\"{host}\" belongs to none of the hosts of the VirtualService", "Add it to spec.hosts.");
        }
    }

    private static void Tcp(Findings findings, TCPRoute route, string path)
    {
        for (var i = 0; i < route.Match.Count; i++)
        {
            var (match, at) = (route.Match[i], NodePath.Item(NodePath.Field(path, "match"), i));
            L4(findings, match.DestinationSubnets, match.Port, match.SourceLabels, match.Gateways,
                match.SourceNamespace, at);
        }

        Destinations(findings, route.Route, path);
    }

    private static void L4(
        Findings findings, RepeatedField<string> subnets, uint port, MapField<string, string> labels,
        RepeatedField<string> gateways, string sourceNamespace, string path)
    {
        CommonRules.Subnets(findings, subnets, NodePath.Field(path, "destinationSubnets"));
        if (port != 0)
        {
            CommonRules.Port(findings, port, NodePath.Field(path, "port"));
        }

        CommonRules.LabelMap(findings, labels, NodePath.Field(path, "sourceLabels"));
        HttpRouteRules.GatewayNames(findings, gateways, NodePath.Field(path, "gateways"));
        findings.Require(sourceNamespace.Length == 0 || Lexical.IsDnsLabel(sourceNamespace),
            NodePath.Field(path, "sourceNamespace"), MatchCode, $"\"{sourceNamespace}\" is no namespace");
    }

    private static void Destinations(Findings findings, RepeatedField<RouteDestination> route, string path)
    {
        findings.Require(route.Count > 0, path, RouteCode, "a rule has at least one route");
        long total = 0;
        for (var i = 0; i < route.Count; i++)
        {
            var at = NodePath.Item(NodePath.Field(path, "route"), i);
            CommonRules.Destination(findings, route[i].Destination, NodePath.Field(at, "destination"));
            findings.Require(route[i].Weight >= 0, NodePath.Field(at, "weight"), RouteCode, "a weight is not negative");
            total += route[i].Weight;
        }

        findings.Require(route.Count < 2 || total > 0, NodePath.Field(path, "route"), RouteCode,
            "the weights add up to 0, so no destination would get a connection");
    }

    // The server name by which proxies reach each other through a gateway.
    [GeneratedRegex(@"^outbound_\.[0-9]+_\.[^.]*_\.[-a-zA-Z0-9.*]+$")]
    private static partial Regex SniName();
}
