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
    /// <param name="Preamble">A PROXY header, sent before all else; null: none of the request's own.</param>
    /// <param name="DownstreamId">The only downstream connection that may use it; zero: any.</param>
    internal readonly record struct Overrides(
        byte[][]? Alpn, byte[]? Sni, byte[]? RequiredName, UpstreamAlpn Protocols = UpstreamAlpn.AsConfigured,
        byte[]? Preamble = null, ulong DownstreamId = 0);

    private static readonly byte[] Http1Alpn = [.. "http/1.1"u8];
    private static readonly byte[] Http2Alpn = [.. "h2"u8];

    /// <summary>Null with the reason when it cannot be tried; other failures come as the connection's close.</summary>
    internal static Connection? Connect(
        Worker worker, Host host, IConnectionCallbacks callbacks, in Overrides overrides, out byte[]? failure)
    {
        failure = null;
        byte[]? reason = null;
        var config = host.Cluster.Config;
        TlsSession? session = null;
        if (host.TransportSocket.Tls is { } tls)
        {
            var sni = overrides.Sni ?? (tls.AutoHostSni && host.HostnameBytes.Length > 0 ? host.HostnameBytes
                : tls.Sni);
            var required = overrides.RequiredName ?? (tls.AutoSniSanValidation && sni.Length > 0 ? sni : null);
            var context = TlsContexts.GetClient(worker, tls, required, out reason);
            if (context is not null)
            {
                session = context.CreateSession(worker.Loop, sni, TlsContext.JoinAlpn(AlpnFor(tls, overrides)));
                session.LogsKeys = tls.KeyLog?.IsFor(config.SourceAddress, host.Address) ?? false;
            }
        }

        var source = SourceFor(config, host.Address) is { IsEmpty: false } local ? NetAddresses.ToNet(local) : default;
        var connection = Connection.Connect(
            worker.Loop, callbacks, NetAddresses.ToNet(host.Address), source, OptionsOf(config));
        if (host.TransportSocket.ProxyProtocolVersion > 0)
        {
            connection.Preamble = overrides.Preamble ?? ProxyProtocolWriter.Write(host.TransportSocket, null);
        }

        if (host.Attributes.AdditionalAddresses is { Length: > 0 } others)
        {
            connection.MoreAddresses = [.. others.Select(NetAddresses.ToNet)];
        }

        connection.HighWatermark = Math.Min(config.ConnectionBufferBytesMax, 256 * 1024);
        if (session is not null)
        {
            connection.SetClientTls(session);
        }
        else if (reason is not null)
        {
            // As Envoy does: the connection is made, and fails where TLS would begin.
            connection.FailOnceConnected(System.Text.Encoding.UTF8.GetString(reason));
        }

        return connection;
    }

    /// <summary>The request's list, else the configured one, else what fits the protocol.</summary>
    private static IReadOnlyList<byte[]> AlpnFor(TlsContextConfig tls, in Overrides overrides)
    {
        IReadOnlyList<byte[]> names = overrides.Alpn is null ? tls.AlpnProtocols : overrides.Alpn;
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

    /// <summary>The local address of the host's family, of those that are configured.</summary>
    private static Addresses.Address SourceFor(ClusterConfig config, Addresses.Address host)
    {
        if (config.ExtraSourceAddresses.IsEmpty || host.IsPipe || config.SourceAddress.Ip.IsV6 == host.Ip.IsV6)
        {
            return config.SourceAddress;
        }

        foreach (var extra in config.ExtraSourceAddresses)
        {
            if (extra.Ip.IsV6 == host.Ip.IsV6)
            {
                return extra;
            }
        }

        return config.SourceAddress;
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
