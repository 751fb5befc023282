using Envoy.Extensions.TransportSockets.InternalUpstream.V3;
using Envoy.Type.Metadata.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The transport socket <c>internal_upstream</c>, around another one.</summary>
internal static class InternalUpstreamDecoder
{
    public const string Type = "envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport";

    public static TransportSocketConfig Decode(
        ByteString bytes, Struct? fields, string name, Struct? match, string path, DecodeContext context)
    {
        var config = TypedConfigs.Read(InternalUpstreamTransport.Parser, bytes, fields);
        if (config.TransportSocket is null)
        {
            context.Error($"{path}.typed_config.transport_socket", "TRANSPORT_SOCKET", "value is required");
        }
        var inner = TlsDecoder.DecodeUpstream(
            config.TransportSocket, name, match, $"{path}.typed_config.transport_socket", context);
        var passed = new List<(bool, string)>();
        for (var i = 0; i < config.PassthroughMetadata.Count; i++)
        {
            var source = config.PassthroughMetadata[i];
            switch (source.Kind?.KindCase)
            {
                case MetadataKind.KindOneofCase.Host:
                    passed.Add((true, source.Name));
                    break;
                case MetadataKind.KindOneofCase.Cluster:
                    passed.Add((false, source.Name));
                    break;
                default:
                    context.Error($"{path}.typed_config.passthrough_metadata[{i}].kind", "TRANSPORT_SOCKET",
                        $"metadata type is not supported: {source.Kind}");
                    break;
            }
        }
        return new TransportSocketConfig
        {
            Name = name,
            Match = match,
            Tls = inner.Tls,
            ProxyProtocolVersion = inner.ProxyProtocolVersion,
            PassTlvs = inner.PassTlvs,
            PassesInternally = true,
            PassedMetadata = [.. passed],
            InternalStats = passed.Count == 0
                ? null
                : context.Stats.GetScope($"{context.StatsPrefix}internal_upstream.", StatLayout.Empty),
        };
    }
}
