using System.Collections.Immutable;
using Lateen.Proxy.Listeners;
using ListenerProto = Envoy.Config.Listener.V3.Listener;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Options of a listener's sockets: as given, and those that keep connections alive.</summary>
internal static class SocketOptionDecoder
{
    private const int SocketLevel = 1, KeepAlive = 9;
    private const int TcpLevel = 6, KeepIdle = 4, KeepInterval = 5, KeepCount = 6;

    public static ImmutableArray<SocketOptionConfig> Decode(ListenerProto listener)
    {
        var options = new List<SocketOptionConfig>();
        foreach (var option in listener.SocketOptions)
        {
            // All our sockets are streams.
            if (option.Type?.Datagram is null || option.Type.Stream is not null)
            {
                options.Add(new SocketOptionConfig(
                    (int)option.Level, (int)option.Name, (int)option.IntValue,
                    option.BufValue.Length > 0 ? option.BufValue.ToByteArray() : null, (int)option.State));
            }
        }
        if (listener.TcpKeepalive is { } keepalive && listener.Address?.SocketAddress is not null)
        {
            options.Add(new SocketOptionConfig(SocketLevel, KeepAlive, 1, null, 0));
            Add(KeepCount, keepalive.KeepaliveProbes);
            Add(KeepIdle, keepalive.KeepaliveTime);
            Add(KeepInterval, keepalive.KeepaliveInterval);
        }
        return [.. options];

        void Add(int name, uint? value)
        {
            if (value is { } number)
            {
                options.Add(new SocketOptionConfig(TcpLevel, name, (int)number, null, 0));
            }
        }
    }
}
