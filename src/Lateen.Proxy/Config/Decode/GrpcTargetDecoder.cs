using System.Text;
using Envoy.Config.Core.V3;
using Lateen.Http;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Services that filters call over gRPC.</summary>
internal static class GrpcTargetDecoder
{
    /// <summary>Null with an error noted when the service is not one of a cluster.</summary>
    public static GrpcServiceTarget? Decode(GrpcService? service, long? timeoutNanos, string path,
        DecodeContext context)
    {
        if (service?.EnvoyGrpc is not { ClusterName.Length: > 0 } target)
        {
            context.Error(path, "GRPC_SERVICE", service?.GoogleGrpc is not null
                ? "google_grpc is not supported: use envoy_grpc"
                : "envoy_grpc with a cluster_name is required");
            return null;
        }
        var authority = target.Authority.Length > 0 ? target.Authority : target.ClusterName;
        return new GrpcServiceTarget(
            context.Cluster(target.ClusterName), Encoding.UTF8.GetBytes(authority),
            timeoutNanos ?? Durations.Nanos(service.Timeout),
            [.. service.InitialMetadata.Select(header =>
                (HeaderName.Create(header.Key), Encoding.UTF8.GetBytes(header.Value)))])
        {
            MessageBytesMax = target.MaxReceiveMessageLength is > 0 and var max
                ? (int)Math.Min(max, int.MaxValue)
                : GrpcStream.MessageBytesDefault,
            SkipsEnvoyHeaders = target.SkipEnvoyHeaders,
        };
    }
}
