using Envoy.Config.Accesslog.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.AccessLoggers.File.V3;
using Google.Protobuf.WellKnownTypes;
using Istio.Mesh.V1Alpha1;

namespace Lateen.Pilot.Listeners;

/// <summary>The access log that the mesh's configuration asks for.</summary>
internal static class AccessLogs
{
    private const string FileLogger = "envoy.access_loggers.file";
    private const string EnvoyProvider = "envoy";
    private const string StandardOutput = "/dev/stdout";

    private const string DefaultText =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% "
        + "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "
        + "\"%UPSTREAM_TRANSPORT_FAILURE_REASON%\" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
        + "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" "
        + "\"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW% "
        + "%UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% "
        + "%REQUESTED_SERVER_NAME% %ROUTE_NAME%\n";

    private static readonly (string Key, string Value)[] DefaultJson =
    [
        ("start_time", "%START_TIME%"), ("route_name", "%ROUTE_NAME%"), ("method", "%REQ(:METHOD)%"),
        ("path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"), ("protocol", "%PROTOCOL%"),
        ("response_code", "%RESPONSE_CODE%"), ("response_flags", "%RESPONSE_FLAGS%"),
        ("response_code_details", "%RESPONSE_CODE_DETAILS%"),
        ("connection_termination_details", "%CONNECTION_TERMINATION_DETAILS%"),
        ("bytes_received", "%BYTES_RECEIVED%"), ("bytes_sent", "%BYTES_SENT%"), ("duration", "%DURATION%"),
        ("upstream_service_time", "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"),
        ("x_forwarded_for", "%REQ(X-FORWARDED-FOR)%"), ("user_agent", "%REQ(USER-AGENT)%"),
        ("request_id", "%REQ(X-REQUEST-ID)%"), ("authority", "%REQ(:AUTHORITY)%"),
        ("upstream_host", "%UPSTREAM_HOST%"), ("upstream_cluster", "%UPSTREAM_CLUSTER_RAW%"),
        ("upstream_local_address", "%UPSTREAM_LOCAL_ADDRESS%"),
        ("downstream_local_address", "%DOWNSTREAM_LOCAL_ADDRESS%"),
        ("downstream_remote_address", "%DOWNSTREAM_REMOTE_ADDRESS%"),
        ("requested_server_name", "%REQUESTED_SERVER_NAME%"),
        ("upstream_transport_failure_reason", "%UPSTREAM_TRANSPORT_FAILURE_REASON%"),
    ];

    /// <summary>Logs of requests and connections; none when the mesh does not log.</summary>
    internal static IEnumerable<AccessLog> ForTraffic(MeshConfig mesh)
    {
        var path = mesh.AccessLogFile.Length > 0 ? mesh.AccessLogFile
            : mesh.DefaultProviders?.AccessLogging.Contains(EnvoyProvider) is true ? StandardOutput : "";
        if (path.Length > 0)
        {
            yield return new AccessLog { Name = FileLogger, TypedConfig = Any.Pack(File(mesh, path)) };
        }
    }

    /// <summary>Logs of a listener: connections that match no filter chain.</summary>
    internal static IEnumerable<AccessLog> ForListener(MeshConfig mesh)
    {
        if (mesh.DisableEnvoyListenerLog)
        {
            yield break;
        }
        foreach (var log in ForTraffic(mesh))
        {
            log.Filter = new AccessLogFilter { ResponseFlagFilter = new ResponseFlagFilter { Flags = { "NR" } } };
            yield return log;
        }
    }

    private static FileAccessLog File(MeshConfig mesh, string path)
    {
        var format = new SubstitutionFormatString();
        if (mesh.AccessLogEncoding == MeshConfig.Types.AccessLogEncoding.Json)
        {
            format.JsonFormat = Json(mesh.AccessLogFormat);
        }
        else
        {
            var text = mesh.AccessLogFormat.Length == 0 ? DefaultText
                : mesh.AccessLogFormat.EndsWith('\n') ? mesh.AccessLogFormat : mesh.AccessLogFormat + "\n";
            format.TextFormatSource = new DataSource { InlineString = text };
        }
        return new FileAccessLog { Path = path, LogFormat = format };
    }

    private static Struct Json(string format)
    {
        if (format.Length > 0)
        {
            try
            {
                return Struct.Parser.ParseJson(format);
            }
            catch (Google.Protobuf.InvalidJsonException)
            {
                // The default follows: a log in another form is better than none.
            }
        }
        var fields = new Struct();
        foreach (var (key, value) in DefaultJson)
        {
            fields.Fields.Add(key, Value.ForString(value));
        }
        return fields;
    }
}
