using System.Text;
using Envoy.Config.Core.V3;
using Lateen.Http;
using Lateen.Proxy.Config.Decode;

namespace Lateen.Proxy.Exports;

/// <summary>gRPC and HTTP services that telemetry is sent to.</summary>
internal static class ServiceDecoder
{
    public const string UserAgentPrefix = "OTel-OTLP-Exporter-Envoy/";

    /// <summary>Null with an error noted when the service cannot be used.</summary>
    public static ExportTarget? Grpc(
        GrpcService service, string method, string userAgent, string path, DecodeContext context,
        bool mayBeUnknown = false)
    {
        if (service.EnvoyGrpc is not { ClusterName.Length: > 0 } grpc)
        {
            context.Error(path, "GRPC_SERVICE", "envoy_grpc with a cluster_name is required",
                "google_grpc is not part of this proxy");
            return null;
        }
        if (!mayBeUnknown && !Exists(grpc.ClusterName, context))
        {
            context.Error($"{path}.envoy_grpc.cluster_name", "CLUSTER",
                $"Unknown gRPC client cluster '{grpc.ClusterName}'");
            return null;
        }
        var authority = grpc.Authority.Length > 0 ? grpc.Authority : grpc.ClusterName;
        return new ExportTarget
        {
            Cluster = context.Cluster(grpc.ClusterName),
            IsGrpc = true,
            Path = Encoding.UTF8.GetBytes($"/{method}"),
            Authority = Encoding.UTF8.GetBytes(authority),
            UserAgent = Encoding.UTF8.GetBytes(userAgent),
            Headers = [.. service.InitialMetadata.Select(h => (HeaderName.Create(h.Key), Value(h)))],
            TimeoutNanos = Durations.Nanos(service.Timeout),
        };
    }

    public static ExportTarget? Http(
        HttpService service, string contentType, string userAgent, string owner, string path, DecodeContext context,
        long timeoutNanos = 0, bool mayBeUnknown = false)
    {
        if (service.HttpUri is not { Uri.Length: > 0, Cluster.Length: > 0 } uri)
        {
            context.Error($"{path}.http_uri", "HTTP_SERVICE", "http_uri with a uri and a cluster is required");
            return null;
        }
        if (!mayBeUnknown && !Exists(uri.Cluster, context))
        {
            context.Error($"{path}.http_uri.cluster", "CLUSTER", $"{owner}: unknown cluster '{uri.Cluster}'");
            return null;
        }
        var (host, target) = Split(uri.Uri, uri.Cluster);
        return new ExportTarget
        {
            Cluster = context.Cluster(uri.Cluster),
            IsGrpc = false,
            Path = Encoding.UTF8.GetBytes(target),
            Authority = Encoding.UTF8.GetBytes(host),
            ContentType = Encoding.UTF8.GetBytes(contentType),
            UserAgent = Encoding.UTF8.GetBytes(userAgent),
            Headers = [.. service.RequestHeadersToAdd.Where(option => option.Header is not null)
                .Select(option => (HeaderName.Create(option.Header.Key), Value(option.Header)))],
            Replaced = [.. service.RequestHeadersToAdd.Where(option => option.Header is not null && Replaces(option))
                .Select(option => HeaderName.Create(option.Header.Key))],
            TimeoutNanos = timeoutNanos > 0 ? timeoutNanos : Durations.Nanos(uri.Timeout, 5_000_000_000),
        };
    }

    /// <summary>A POST to a path of a cluster.</summary>
    public static ExportTarget? Plain(
        string cluster, string host, string target, string contentType, string owner, string path,
        DecodeContext context, long timeoutNanos)
    {
        if (!Exists(cluster, context))
        {
            context.Error(path, "CLUSTER", $"{owner}: unknown cluster '{cluster}'");
            return null;
        }
        return new ExportTarget
        {
            Cluster = context.Cluster(cluster),
            IsGrpc = false,
            Path = Encoding.UTF8.GetBytes(target),
            Authority = Encoding.UTF8.GetBytes(host),
            ContentType = Encoding.UTF8.GetBytes(contentType),
            TimeoutNanos = timeoutNanos,
        };
    }

    /// <summary>Whether there is such a cluster now, be it warm or not.</summary>
    public static bool Exists(string cluster, DecodeContext context) =>
        context.Cluster(cluster) is { } slot && (slot.IsConfigured || slot.Current is not null);

    private static bool Replaces(HeaderValueOption option) =>
        option.AppendAction is HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd
            or HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExists;

    /// <summary>Values are formats of no request: text, or <c>%ENVIRONMENT(X)%</c>.</summary>
    private static byte[] Value(HeaderValue header)
    {
        if (header.Value.Length == 0)
        {
            return header.RawValue.ToByteArray();
        }
        if (!Formatting.FormatString.TryParse(header.Value, out var format, out _))
        {
            return Encoding.UTF8.GetBytes(header.Value);
        }
        var text = new ByteBuffer();
        format!.Write(text, new Streams.StreamInfo(), default, default);
        return text.ToArray();
    }

    /// <summary>Host and path of a URI.</summary>
    internal static (string Host, string Path) Split(string uri, string cluster)
    {
        var scheme = uri.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return (cluster, uri);
        }
        var rest = uri[(scheme + 3)..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (rest, "/") : (rest[..slash], rest[slash..]);
    }
}
