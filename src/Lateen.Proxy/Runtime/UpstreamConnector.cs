using Lateen.Net;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tcp;
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
    /// <param name="Shared">Filter state that the connection takes over; null: none.</param>
    /// <param name="DownstreamId">The only downstream connection that may use it; zero: any.</param>
    internal readonly record struct Overrides(
        byte[][]? Alpn, byte[]? Sni, byte[]? RequiredName, UpstreamAlpn Protocols = UpstreamAlpn.AsConfigured,
        byte[]? Preamble = null, ulong DownstreamId = 0, SharedFilterState? Shared = null)
    {
        /// <summary>The client's address, which the connection comes from; null: this machine's.</summary>
        internal OriginalSource? Source { get; init; }
    }

    private static readonly NetAddress InternalClient =
        NetAddresses.ToNet(Address.Internal("internal_client_address"));

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

        var connection = host.Address.IsInternal
            ? ConnectInternal(worker, host, callbacks, overrides)
            : ConnectSocket(worker, host, callbacks, overrides.Source);
        if (overrides.Preamble is not null || host.TransportSocket.ProxyProtocolVersion > 0)
        {
            connection.Preamble = overrides.Preamble ?? ProxyProtocolWriter.Write(host.TransportSocket, null);
        }

        if (host.Attributes.AdditionalAddresses is { Length: > 0 } others)
        {
            connection.MoreAddresses = [.. others.Select(NetAddresses.ToNet)];
        }

        host.TransportSocket.Tap?.Attach(worker, connection, worker.NextConnectionId());
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

    private static Connection ConnectSocket(
        Worker worker, Host host, IConnectionCallbacks callbacks, OriginalSource? client)
    {
        var config = host.Cluster.Config;
        if (client is not null && !host.Address.IsPipe && host.Address.Ip.IsV6 == client.Address.IsV6)
        {
            return Connection.Connect(
                worker.Loop, callbacks, NetAddresses.ToNet(host.Address),
                NetAddresses.ToNet(new Address(client.Address, 0)),
                OptionsOf(config) with { Transparent = true, Mark = client.Mark });
        }

        var source = SourceFor(config, host.Address) is { IsEmpty: false } local ? NetAddresses.ToNet(local) : default;
        return Connection.Connect(
            worker.Loop, callbacks, NetAddresses.ToNet(host.Address), source, OptionsOf(config));
    }

    private static Connection ConnectInternal(
        Worker worker, Host host, IConnectionCallbacks callbacks, in Overrides overrides)
    {
        var address = host.Address;
        var listener = worker.FindInternalListener(address.InternalListener);
        return Connection.ConnectInternal(
            worker.Loop, callbacks, NetAddresses.ToNet(address), InternalClient,
            listener, listener?.Current.InternalBufferBytesMax ?? 0,
            TakesPeer(host)
                ? HandoverOf(worker, host, overrides) with { PeerState = new FilterState() }
                : host.TransportSocket.PassesInternally ? HandoverOf(worker, host, overrides) : null);
    }

    /// <summary>The tunnel's beginning tells who the peer is.</summary>
    private static bool TakesPeer(Host host) => host.Cluster.Config.ReadsPeerMetadata
        && host.Address.InternalListener is "connect_originate" or "inner_connect_originate" or "internal_outbound"
        && !IsOff(host.Attributes.Metadata) && !IsOff(host.Cluster.Config.Metadata);

    private static bool IsOff(IReadOnlyDictionary<string, Google.Protobuf.WellKnownTypes.Struct>? metadata) =>
        metadata?.GetValueOrDefault(PeerMetadataNetworkConfig.MetadataKey)?.Fields
            .GetValueOrDefault(PeerMetadataNetworkConfig.DisableField)?.BoolValue == true;

    /// <summary>Filter state that is shared, and the metadata that the transport socket names.</summary>
    private static InternalHandover HandoverOf(Worker worker, Host host, in Overrides overrides)
    {
        var socket = host.TransportSocket;
        if (!socket.PassesInternally)
        {
            return new InternalHandover(null, []);
        }

        var passed = new List<KeyValuePair<string, Google.Protobuf.WellKnownTypes.Struct>>();
        foreach (var (ofHost, name) in socket.PassedMetadata)
        {
            var all = ofHost ? host.Attributes.Metadata : host.Cluster.Config.Metadata;
            if (all?.GetValueOrDefault(name) is { } fields)
            {
                passed.Add(new(name, fields));
            }
            else if (socket.InternalStats is { } stats)
            {
                stats.Add(worker.Index, stats.GetOrAdd("no_metadata"));
            }
        }

        return new InternalHandover(overrides.Shared, passed);
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
    private static Address SourceFor(ClusterConfig config, Address host)
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
