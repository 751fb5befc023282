using Lateen.Net;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Runtime;

/// <summary>Begins connections to hosts, with TLS where the host's transport socket says so.</summary>
internal static class UpstreamConnector
{
    /// <summary>What may differ from connection to connection of one host.</summary>
    /// <param name="Alpn">ALPN names; null leaves those of the configuration.</param>
    /// <param name="Sni">Server name; null leaves that of the configuration.</param>
    /// <param name="RequiredName">Name that the peer's certificate must have; null: those of the configuration.</param>
    internal readonly record struct Overrides(byte[][]? Alpn, byte[]? Sni, byte[]? RequiredName);

    /// <summary>Null with the reason when TLS is not ready; other failures come as the connection's close.</summary>
    internal static Connection? Connect(
        Worker worker, Host host, IConnectionCallbacks callbacks, in Overrides overrides, out byte[]? failure)
    {
        failure = null;
        var config = host.Cluster.Config;
        TlsSession? session = null;
        if (host.TransportSocket.Tls is { } tls)
        {
            var context = TlsContexts.GetClient(worker, tls, overrides.RequiredName, out failure);
            if (context is null)
            {
                return null;
            }

            var alpn = overrides.Alpn is null ? [] : TlsContext.JoinAlpn(TlsContexts.WithoutHttp2(overrides.Alpn));
            session = context.CreateSession(worker.Loop, overrides.Sni ?? tls.Sni, alpn);
        }

        var source = config.SourceAddress.IsEmpty ? default : NetAddresses.ToNet(config.SourceAddress);
        var connection = Connection.Connect(
            worker.Loop, callbacks, NetAddresses.ToNet(host.Address), source, OptionsOf(config));
        connection.HighWatermark = Math.Min(config.ConnectionBufferBytesMax, 256 * 1024);
        if (session is not null)
        {
            connection.SetClientTls(session);
        }

        return connection;
    }

    private static SocketOptions OptionsOf(ClusterConfig config) => config.TcpKeepalive is not { } keepalive
        ? SocketOptions.Default
        : new SocketOptions
        {
            KeepAliveSeconds = keepalive.TimeSeconds > 0 ? keepalive.TimeSeconds : 7200,
            KeepAliveIntervalSeconds = keepalive.IntervalSeconds,
            KeepAliveProbes = keepalive.Probes,
        };
}
