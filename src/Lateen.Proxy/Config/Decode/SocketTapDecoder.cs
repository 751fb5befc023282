using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tap.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Config.Decode.Filters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The transport socket <c>tap</c>.</summary>
internal static class SocketTapDecoder
{
    public const string Type = "envoy.extensions.transport_sockets.tap.v3.Tap";

    /// <summary>The socket inside and what is tapped; null with an error noted when that cannot be read.</summary>
    public static Tapping.SocketTapConfig? Decode(
        ByteString bytes, Struct? fields, string path, DecodeContext context, out TransportSocket? inner)
    {
        var tap = TypedConfigs.Read(Tap.Parser, bytes, fields);
        inner = tap.TransportSocket;
        if (TapDecoder.Slot(tap.CommonConfig, $"{path}.typed_config.common_config", context) is not { } slot)
        {
            return null;
        }
        var prefix = tap.SocketTapConfig?.StatsPrefix ?? "";
        return new Tapping.SocketTapConfig(
            slot, tap.SocketTapConfig?.SetConnectionPerEvent ?? false,
            context.Stats.GetScope(prefix.Length == 0 ? "transport.tap." : $"transport.tap.{prefix}.",
                StatLayout.Empty));
    }

    /// <summary>Opens a transport socket; of one that is tapped, the one inside.</summary>
    public static TransportSocket? Unwrap(
        TransportSocket? socket, ref string path, DecodeContext context, out Tapping.SocketTapConfig? tap)
    {
        tap = null;
        if (TypedConfigs.Open(socket?.TypedConfig, out var bytes, out var fields) != Type)
        {
            return socket;
        }
        tap = Decode(bytes, fields, path, context, out var inner);
        path = $"{path}.typed_config.transport_socket";
        return inner;
    }
}
