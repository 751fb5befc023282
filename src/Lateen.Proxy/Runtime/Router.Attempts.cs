using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>Attempts: a host, and a connection to it.</content>
internal sealed partial class Router
{
    void IUpstreamCallbacks.OnPoolReady(HttpClientStream stream)
    {
        _upstream = stream;
        NoteUpstream(stream);
        if (!_filtersRequest)
        {
            SendRequest(stream, stream.Host);
        }
    }

    private void NoteUpstream(HttpClientStream stream)
    {
        CountRequest(RequestStat.UpstreamRqTotal);
        _attemptStream = stream;
        Describe(stream);
    }

    private void Describe(HttpClientStream stream)
    {
        var host = stream.Host;
        Info.UpstreamHost = host;
        Info.UpstreamLocalAddress = NetAddresses.ToAddress(stream.Transport.LocalAddress);
        Info.UpstreamRemoteAddress = host.Address;
        Info.UpstreamTls = stream.TlsInfo;
        Info.UpstreamFilterState = (stream.Transport.Handover as InternalHandover)?.PeerState;
        Info.UpstreamConnectionId = stream.ConnectionId;
        Info.UpstreamProtocol = stream.Protocol;
        Info.UpstreamReadyNanos = _worker.NowNanos;
        (Info.UpstreamConnectNanos, Info.UpstreamConnectedNanos, Info.UpstreamHandshakeNanos) = stream.ConnectTimes;
        if (Info.FirstUpstreamTxNanos == 0)
        {
            Info.FirstUpstreamTxNanos = _worker.NowNanos;
        }
    }

    void IUpstreamCallbacks.OnUpstreamAboveHighWatermark() => PauseRequest(true);

    void IUpstreamCallbacks.OnUpstreamBelowLowWatermark() => PauseRequest(false);

    private void StartAttempt()
    {
        Info.AttemptCount++;
        _context.RetryAttempt = Info.AttemptCount - 1;
        _headersSent = false;
        _interimCounted = false;
        _attemptStartNanos = Info.UpstreamWaitNanos = _worker.NowNanos;
        BeginTracking();
        var host = _cluster!.PickHost(_worker.Index, _context);
        if (host is null)
        {
            SendNoHost();
            return;
        }

        Info.UpstreamHost = host;
        Info.UpstreamTransportFailureReason = null;
        _context.OnAttempt(host);
        BeginAttempt();
        PrepareAttemptHeaders();
        if (!PassRules())
        {
            return;
        }

        if (_hedges && _retryEnabled && !_stream.IsConnect && _filters.Length == 0)
        {
            StartHedged(host);
            return;
        }

        _pool = _worker.GetHostState(host).TryGetPool(
            Info.Protocol, _action!.HighPriority, OverridesFor(host), EndsTunnel);
        if (_pool is null)
        {
            SendNoHost();
            return;
        }

        _pool.NewStream(_pending);
        RunRequestFilters();
    }

    private void SendNoHost()
    {
        var isStrict = _stream.IsOverrideStrict && _stream.StrictStatus > 0;
        var status = isStrict ? _stream.StrictStatus : 503;
        Count(ClusterStat.UpstreamCxNoneHealthy);
        Info.CountResponse(_cluster!, _worker.Index, 503);
        _stream.SendLocalReply(
            status, "no healthy upstream"u8, ResponseFlags.NoHealthyUpstream, ResponseDetails.NoHealthyUpstream);
    }

    /// <summary>The request is a tunnel whose bytes go on as they are.</summary>
    private bool EndsTunnel => _action!.TerminatesConnect && (_stream.IsConnect
        || (_action.AllowsConnectPost && _stream.Request.Get(HeaderId.Method).SequenceEqual("POST"u8)));

    private UpstreamConnector.Overrides OverridesFor(Host host)
    {
        var config = host.Cluster.Config;
        var http = config.Http;
        var preamble = host.TransportSocket.ProxyProtocolVersion > 0
            ? ProxyProtocolWriter.Write(host, Info.Connection.ToProxyProtocol())
            : null;
        if (_action!.ConnectProxyProtocolVersion > 0 && EndsTunnel)
        {
            var header = ProxyProtocolWriter.Write(
                _action.ConnectProxyProtocolVersion, Info.Connection.ToProxyProtocol());
            preamble = preamble is null ? header : [.. preamble, .. header];
        }

        var downstream = config.ConnectionPoolPerDownstreamConnection ? Info.Connection.ConnectionId : 0;
        var shared = SharedFilterState.Of(Info.Connection.FilterState, Info.FilterState);
        if (host.TransportSocket.Tls is null)
        {
            return new UpstreamConnector.Overrides(null, null, null, default, preamble, downstream, shared)
            {
                Source = Info.OriginalSource ?? Info.Connection.OriginalSource,
            };
        }

        var (sni, names) = (TransportOverrides.ServerName(Info), TransportOverrides.SubjectAltNames(Info));
        if (http.AutoSni || http.AutoSanValidation)
        {
            // Without the header that is to name it, the authority does; objects of the filter state come first.
            var name = http.AutoSniHeader is { } header && _stream.Request.TryGet(header, out var named)
                ? HostOnly(named)
                : HostOnly(_stream.Request.Get(HeaderId.Authority));
            sni ??= http.AutoSni && name is not null && !IpAddress.TryParse(name, out _) ? name : null;
            names ??= http.AutoSanValidation ? name : null;
        }

        return new UpstreamConnector.Overrides(
            TransportOverrides.Alpn(Info) ?? Info.UpstreamAlpnOverride, sni, names, default, preamble, downstream,
            shared)
        {
            Source = Info.OriginalSource ?? Info.Connection.OriginalSource,
        };
    }

    private static byte[]? HostOnly(ReadOnlySpan<byte> authority)
    {
        var colon = authority.LastIndexOf((byte)':');
        var host = colon > 0 && authority[^1] != ']' ? authority[..colon] : authority;
        return host.IsEmpty ? null : host.Trim("[]"u8).ToArray();
    }
}
