using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Runtime;

/// <summary>Begins connections to hosts, with TLS where the host's transport socket says so.</summary>
internal static class UpstreamConnector
{
    /// <summary>What may differ from connection to connection of one host.</summary>
    /// <param name="Alpn">ALPN names; null leaves those of the configuration.</param>
    /// <param name="Sni">Server name; null leaves that of the configuration.</param>
    /// <param name="RequiredName">Name that the peer's certificate must have; null: those of the configuration.</param>
    /// <param name="Protocols">What the connection is for.</param>
    internal readonly record struct Overrides(
        byte[][]? Alpn, byte[]? Sni, byte[]? RequiredName, UpstreamAlpn Protocols = UpstreamAlpn.AsConfigured);

    private static readonly byte[] Http1Alpn = [.. "http/1.1"u8];
    private static readonly byte[] Http2Alpn = [.. "h2"u8];

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

            var alpn = TlsContext.JoinAlpn(AlpnFor(tls, overrides));
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

    /// <summary>The request's list, else the configured one, else what fits the protocol.</summary>
    private static IReadOnlyList<byte[]> AlpnFor(TlsContextConfig tls, in Overrides overrides)
    {
        IReadOnlyList<byte[]> names = overrides.Alpn is null ? tls.AlpnProtocols : overrides.Alpn;
        if (overrides.Protocols == UpstreamAlpn.Http1)
        {
            names = [.. names.Where(name => !name.AsSpan().SequenceEqual(Http2Alpn))];
        }

        if (names.Count > 0)
        {
            return names;
        }

        return overrides.Protocols switch
        {
            UpstreamAlpn.Http1 => [Http1Alpn],
            UpstreamAlpn.Http2 => [Http2Alpn],
            UpstreamAlpn.Both => [Http2Alpn, Http1Alpn],
            _ => [],
        };
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
