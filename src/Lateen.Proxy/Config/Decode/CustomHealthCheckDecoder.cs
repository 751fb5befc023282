using System.Text;
using Envoy.Extensions.Filters.Network.ThriftProxy.V3;
using Lateen.Proxy.HealthChecks;
using ClusterProto = Envoy.Config.Cluster.V3.Cluster;
using CustomProto = Envoy.Config.Core.V3.HealthCheck.Types.CustomHealthCheck;
using RedisProto = Envoy.Extensions.HealthCheckers.Redis.V3.Redis;
using ThriftProto = Envoy.Extensions.HealthCheckers.Thrift.V3.Thrift;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Health checks that are extensions: Redis and Thrift.</summary>
internal static class CustomHealthCheckDecoder
{
    private const string RedisType = "envoy.extensions.health_checkers.redis.v3.Redis";
    private const string ThriftType = "envoy.extensions.health_checkers.thrift.v3.Thrift";
    private const string RedisOptions = "envoy.filters.network.redis_proxy";

    public static HealthCheckConfig? Decode(
        HealthCheckConfig config, CustomProto custom, ClusterProto cluster, string path, DecodeContext context)
    {
        var type = TypedConfigs.Open(custom.TypedConfig, out var bytes, out var fields);
        switch (type)
        {
            case RedisType:
                return config with
                {
                    Kind = HealthCheckKind.Redis,
                    RedisKey = Encoding.UTF8.GetBytes(TypedConfigs.Read(RedisProto.Parser, bytes, fields).Key),
                    Redis = cluster.TypedExtensionProtocolOptions.TryGetValue(RedisOptions, out var options)
                        ? RedisDecoder.DecodeCredentials(
                            Envoy.Extensions.Filters.Network.RedisProxy.V3.RedisProtocolOptions.Parser.ParseFrom(
                                options.Value),
                            $"{path}.typed_extension_protocol_options[{RedisOptions}]", context)
                        : null,
                };
            case ThriftType:
                var thrift = TypedConfigs.Read(ThriftProto.Parser, bytes, fields);
                return config with
                {
                    Kind = HealthCheckKind.Thrift,
                    Thrift = DecodeThrift(thrift, path, context),
                };
            default:
                TypedConfigs.ReportUnknown(custom.Name, custom.TypedConfig, path, context);
                return null;
        }
    }

    private static ThriftCheckConfig DecodeThrift(ThriftProto thrift, string path, DecodeContext context)
    {
        if (thrift.Transport == TransportType.AutoTransport
            || thrift.Protocol is ProtocolType.AutoProtocol or ProtocolType.Twitter)
        {
            context.Error($"{path}.typed_config", "CLUSTER",
                "Unsupported transport or protocol in thrift health check configuration");
        }
        var transport = thrift.Transport switch
        {
            TransportType.Unframed => ThriftTransport.Unframed,
            TransportType.Header => ThriftTransport.Header,
            _ => ThriftTransport.Framed,
        };
        return new ThriftCheckConfig(
            Encoding.UTF8.GetBytes(thrift.MethodName), transport, thrift.Protocol == ProtocolType.Compact,
            thrift.Protocol == ProtocolType.LaxBinary);
    }
}
