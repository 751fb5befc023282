using Istio.Mesh.V1Alpha1;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;

namespace Lateen.Agent.Bootstrap;

/// <summary>
/// Puts together the effective ProxyConfig, later ones over earlier ones: Istio's defaults, <c>defaultConfig</c> of the
/// mesh file, the variable PROXY_CONFIG, the pod's annotation <c>proxy.istio.io/config</c>.
/// </summary>
public static class ProxyConfigSource
{
    /// <summary>The pod's annotation.</summary>
    public const string Annotation = "proxy.istio.io/config";

    private const string Variable = "PROXY_CONFIG";
    private const string Defaults = """
        {"configPath": "./etc/istio/proxy", "binaryPath": "/usr/local/bin/envoy", "serviceCluster": "istio-proxy",
         "drainDuration": "45s", "terminationDrainDuration": "5s", "proxyAdminPort": 15000, "statusPort": 15020,
         "controlPlaneAuthPolicy": "MUTUAL_TLS", "discoveryAddress": "istiod.istio-system.svc:15012",
         "statNameLength": 189}
        """;

    // Of these, the one given last is the tracer (Tracing.tracer is a oneof).
    private static readonly string[] _tracers = ["zipkin", "lightstep", "datadog", "stackdriver", "openCensusAgent"];

    /// <summary>Reads all sources.</summary>
    /// <param name="meshFile">Text of the mesh file; null where there is none.</param>
    /// <param name="variable">PROXY_CONFIG; null where it is not set.</param>
    /// <param name="annotation">The annotation; null where it is not set.</param>
    /// <param name="errors">What is wrong; the result counts only when this is empty.</param>
    public static ProxyConfig Read(string? meshFile, string? variable, string? annotation, List<ConfigError> errors)
    {
        var tree = YamlReader.Read(Defaults).Documents[0];
        if (meshFile is not null && ReadTree(meshFile, "the mesh file", errors)?["defaultConfig"] is { } meshDefaults)
        {
            tree = Overlay(tree, meshDefaults);
        }
        if (variable is not null && ReadTree(variable, Variable, errors) is { } fromVariable)
        {
            tree = Overlay(tree, fromVariable);
        }
        if (annotation is not null && ReadTree(annotation, $"annotation {Annotation}", errors) is { } fromAnnotation)
        {
            tree = Overlay(tree, fromAnnotation);
        }
        return ReadMessage(tree, errors);
    }

    /// <summary>Reads one document without any defaults.</summary>
    public static ProxyConfig ReadMessage(YamlNode tree, List<ConfigError> errors)
    {
        // Fields of a later Istio are no reason not to start.
        var options = MessageReadOptions.Istio with { IgnoreUnknownFields = true };
        return new MessageReader(options, errors).Read<ProxyConfig>(tree, Variable);
    }

    private static YamlNode? ReadTree(string text, string source, List<ConfigError> errors)
    {
        var stream = YamlReader.Read(text, source);
        errors.AddRange(stream.Errors);
        if (stream.Errors.Length > 0 || stream.Documents.Length == 0 || stream.Documents[0].IsNull)
        {
            return null;
        }
        if (stream.Documents[0] is not YamlMapping)
        {
            errors.Add(new ConfigError("", MessageReader.FormCode, $"{source} is no map", File: source));
            return null;
        }
        return stream.Documents[0];
    }

    private static YamlNode Overlay(YamlNode below, YamlNode above)
    {
        if (above["tracing"] is YamlMapping tracing && below["tracing"] is YamlMapping lower
            && Array.Exists(_tracers, tracer => tracing.TryGet(tracer, out _)))
        {
            var kept = lower.Entries.Where(entry => !_tracers.Contains(entry.Key.Value));
            var others = ((YamlMapping)below).Entries.Where(entry => entry.Key.Value != "tracing");
            below = new YamlMapping(
                [.. others, new(new YamlScalar("tracing"), new YamlMapping([.. kept]))]);
        }
        return Tree.Overlay(below, above);
    }
}
