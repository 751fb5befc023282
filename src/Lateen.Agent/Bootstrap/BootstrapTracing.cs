using Istio.Mesh.V1Alpha1;
using Lateen.Core.Yaml;

namespace Lateen.Agent.Bootstrap;

/// <summary>The tracer of the bootstrap.</summary>
internal static class BootstrapTracing
{
    /// <summary>Name of the file, beside the bootstrap, that holds the token of Lightstep.</summary>
    public const string LightstepTokenFile = "lightstep_access_token.txt";

    /// <summary>Null where ProxyConfig names no tracer that the bootstrap holds.</summary>
    public static YamlMapping? Build(ProxyConfig config, string nodeCluster)
    {
        var http = config.Tracing?.TracerCase switch
        {
            Tracing.TracerOneofCase.Zipkin => Tree.Extension(
                "envoy.tracers.zipkin",
                "envoy.config.trace.v3.ZipkinConfig",
                ("collector_cluster", Tree.Text("zipkin")),
                ("collector_endpoint", Tree.Text("/api/v2/spans")),
                ("collector_endpoint_version", Tree.Text("HTTP_JSON")),
                ("trace_id_128bit", Tree.Flag(true)),
                ("shared_span_context", Tree.Flag(false))),
            Tracing.TracerOneofCase.Lightstep => Tree.Extension(
                "envoy.tracers.lightstep",
                "envoy.config.trace.v3.LightstepConfig",
                ("collector_cluster", Tree.Text("lightstep")),
                ("access_token_file", Tree.Text(Path.Combine(config.ConfigPath, LightstepTokenFile)))),
            Tracing.TracerOneofCase.Datadog => Tree.Extension(
                "envoy.tracers.datadog",
                "envoy.config.trace.v3.DatadogConfig",
                ("collector_cluster", Tree.Text("datadog_agent")),
                ("service_name", Tree.Text(nodeCluster))),
            _ => null,
        };
        return http is null ? null : Tree.Map(("http", http));
    }
}
