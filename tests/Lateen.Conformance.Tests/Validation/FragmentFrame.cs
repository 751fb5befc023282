using Lateen.Core.Yaml;

namespace Lateen.Conformance.Tests.Validation;

/// <summary>Puts a part of an object into an otherwise good object.</summary>
internal static class FragmentFrame
{
    private const string Route = "route: [{destination: {host: a.b}}]";

    public static YamlNode Put(string type, YamlNode value)
    {
        var (kind, spec) = Frame(type[(type.LastIndexOf('.') + 1)..], type);
        var apiVersion = kind == "Telemetry" ? "telemetry.istio.io/v1" : "networking.istio.io/v1";
        var text = $"apiVersion: {apiVersion}\nkind: {kind}\nmetadata: {{name: a, namespace: b}}\nspec: {spec}\n"
            .Replace("HERE", "\"HERE\"", StringComparison.Ordinal);
        return Fill(YamlReader.Read(text).Documents[0], value);
    }

    private static (string Kind, string Spec) Frame(string name, string type) => name switch
    {
        _ when type.Contains("delegate", StringComparison.Ordinal) => ("VirtualService", "{http: [HERE]}"),
        "Server" => ("Gateway", "{servers: [HERE]}"),
        "ServerTLSSettings" =>
            ("Gateway", "{servers: [{port: {number: 443, name: h, protocol: HTTPS}, hosts: [\"*\"], tls: HERE}]}"),
        "HTTPRoute" => Http("HERE"),
        "HTTPRetry" => Http($"{{{Route}, retries: HERE}}"),
        "HTTPRewrite" => Http($"{{{Route}, rewrite: HERE}}"),
        "RegexRewrite" => Http($"{{{Route}, rewrite: {{uriRegexRewrite: HERE}}}}"),
        "HTTPRedirect" => Http("{redirect: HERE}"),
        "HTTPDirectResponse" => Http("{directResponse: HERE}"),
        "CorsPolicy" => Http($"{{{Route}, corsPolicy: HERE}}"),
        "Abort" => Http($"{{{Route}, fault: {{abort: HERE}}}}"),
        "Delay" => Http($"{{{Route}, fault: {{delay: HERE}}}}"),
        "Destination" => Http("{route: [{destination: HERE}]}"),
        "RouteDestination" => ("VirtualService", "{hosts: [a.b], tcp: [{route: HERE}]}"),
        "TrafficPolicy" => Policy("HERE"),
        "ConnectionPoolSettings" => Policy("{connectionPool: HERE}"),
        "OutlierDetection" => Policy("{outlierDetection: HERE}"),
        "LoadBalancerSettings" => Policy("{loadBalancer: HERE}"),
        "Filter" => ("Telemetry", "{accessLogging: [{filter: HERE}]}"),
        _ => throw new InvalidDataException($"no frame for {type}"),
    };

    private static (string Kind, string Spec) Http(string rule) =>
        ("VirtualService", $"{{hosts: [a.b], http: [{rule}]}}");

    private static (string Kind, string Spec) Policy(string policy) =>
        ("DestinationRule", $"{{host: a.b, trafficPolicy: {policy}}}");

    private static YamlNode Fill(YamlNode node, YamlNode value) => node switch
    {
        YamlScalar { Value: "HERE" } => value,
        YamlSequence list => new YamlSequence(list.Items.Select(i => Fill(i, value)).ToList(), list.Position),
        YamlMapping map => new YamlMapping(
            map.Entries.Select(e => KeyValuePair.Create(e.Key, Fill(e.Value, value))).ToList(), map.Position),
        _ => node,
    };
}
