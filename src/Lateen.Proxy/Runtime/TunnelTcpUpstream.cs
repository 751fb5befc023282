using System.Text;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Runtime;

/// <summary>Bytes of a TCP connection as the body of a CONNECT or POST request: through an HTTP proxy, or
/// HBONE.</summary>
internal sealed class TunnelTcpUpstream : TcpUpstream, IUpstreamCallbacks
{
    private const string HeadersKey = "envoy.tcp_proxy.propagate_response_headers";
    private const string TrailersKey = "envoy.tcp_proxy.propagate_response_trailers";

    private readonly Worker _worker;
    private readonly Host _host;
    private readonly ITcpUpstreamUser _user;
    private readonly TunnelingConfig _config;
    private readonly StreamInfo _info;
    private readonly PendingStream _pending;
    private readonly BufferChain _nothing;
    private HttpClientStream? _stream;
    private bool _isConnected;
    private bool _isReadEnded;
    private bool _isWriteEnded;

    internal TunnelTcpUpstream(
        Worker worker, Host host, ITcpUpstreamUser user, TunnelingConfig config, StreamInfo info)
    {
        _worker = worker;
        _host = host;
        _user = user;
        _config = config;
        _info = info;
        _pending = new PendingStream(this);
        _nothing = new BufferChain(worker.Loop.Buffers);
    }

    public HeaderMap ResponseHeaders { get; } = new();

    public HeaderMap ResponseTrailers { get; } = new();

    public bool OutlivesResponse => true;

    internal override bool IsClosed => _stream is null && _pending.Pool is null;

    internal override bool TryStart(out byte[]? failure)
    {
        failure = null;
        var protocol = _host.Cluster.Config.Http.Protocol == UpstreamProtocol.Http2
            ? HttpProtocol.Http2
            : HttpProtocol.Http11;
        _worker.GetHostState(_host).GetPool(protocol, false, default(UpstreamConnector.Overrides) with
        {
            Shared = SharedFilterState.Of(_info.Connection.FilterState, _info.FilterState),
            Source = _info.Connection.OriginalSource,
        }).NewStream(_pending);
        return true;
    }

    internal override void Write(BufferChain data, int length) => _stream?.EncodeData(data, length, false);

    internal override void EndWrite()
    {
        if (_stream is null || _isWriteEnded)
        {
            return;
        }

        _isWriteEnded = true;
        if (_stream.Protocol == HttpProtocol.Http2 || _config.UsePost)
        {
            _stream.EncodeData(_nothing, 0, true);
            if (_isReadEnded)
            {
                Finish();
            }
        }
        else
        {
            // Over HTTP/1 the end of the connection is the end of the tunnel.
            _stream.Transport.EndWrite();
            _stream.Transport.Send();
        }
    }

    internal override void ReadDisable(bool disable) => _stream?.ReadDisable(disable);

    internal override void Close(CloseType type)
    {
        if (_pending.Pool is { } pool)
        {
            pool.Cancel(_pending);
        }

        if (_stream is not { } stream)
        {
            return;
        }

        if (type == CloseType.FlushWrite)
        {
            EndWrite();
            return;
        }

        _stream = null;
        stream.Reset();
        if (_isConnected)
        {
            _user.OnUpstreamClosed(CloseReason.Local);
        }
    }

    internal override void Describe(StreamInfo info, Cluster cluster)
    {
        if (_stream is { } stream)
        {
            info.UpstreamLocalAddress = NetAddresses.ToAddress(stream.Transport.LocalAddress);
            info.UpstreamConnectionId = stream.ConnectionId;
            info.UpstreamTls = stream.TlsInfo;
        }
    }

    public void OnPoolReady(HttpClientStream stream)
    {
        _stream = stream;
        var headers = new HeaderMap();
        headers.Add(HeaderId.Method, _config.UsePost ? "POST"u8 : "CONNECT"u8);
        var authority = Scratch.Formatted;
        _config.Hostname.Write(authority, _info, new FormatContext(AccessLogType.NotSet), "-"u8);
        headers.Add(HeaderId.Authority, authority.Written);
        if (_config.UsePost)
        {
            headers.Add(HeaderId.Path, _config.PostPath);
            headers.Add(HeaderId.Scheme, stream.TlsInfo is null ? "http"u8 : "https"u8);
        }

        _config.Headers.Apply(headers, _info);
        if (_config.HasRequestId)
        {
            Span<byte> id = stackalloc byte[RequestIds.Length];
            RequestIds.Write(_worker.Random.Next(), _worker.Random.Next(), id);
            headers.Set(HeaderId.XRequestId, id);
            _info.SetMetadata(
                "envoy.filters.network.tcp_proxy", "tunnel_request_id", Encoding.ASCII.GetString(id));
        }

        if (headers.IndexOfUnsendable(out _) >= 0)
        {
            _stream = null;
            stream.Reset();
            _user.OnUpstreamFailed(true, "invalid header"u8.ToArray());
            return;
        }

        stream.EncodeHeaders(headers, false);
    }

    public void OnPoolFailure(UpstreamResetReason reason, byte[]? transportFailure) => _user.OnUpstreamFailed(
        reason is UpstreamResetReason.LocalConnectionFailure or UpstreamResetReason.Overflow, transportFailure);

    public void OnInformational(int status)
    {
    }

    public void OnResponseHeaders(int status, bool endStream)
    {
        if (_config.PropagateResponseHeaders)
        {
            _info.Connection.SetFilterState(HeadersKey, new TunnelHeaders("headers", ResponseHeaders));
        }

        if (status is < 200 or >= 300)
        {
            var stream = _stream;
            _stream = null;
            if (!endStream)
            {
                stream?.Reset();
            }

            _user.OnUpstreamFailed(false, Encoding.ASCII.GetBytes($"tunnel_response:{status}"));
            return;
        }

        _isConnected = true;
        _user.OnUpstreamConnected();
        if (endStream)
        {
            OnEnd();
        }
    }

    public void OnResponseData(BufferChain data, int length, bool endStream)
    {
        if (length > 0)
        {
            _user.OnUpstreamData(data, length);
        }

        if (endStream)
        {
            OnEnd();
        }
    }

    public void OnResponseTrailers()
    {
        if (_config.PropagateResponseTrailers)
        {
            _info.Connection.SetFilterState(TrailersKey, new TunnelHeaders("trailers", ResponseTrailers));
        }

        OnEnd();
    }

    public void OnUpstreamReset(UpstreamResetReason reason)
    {
        _stream = null;
        if (_isConnected)
        {
            _user.OnUpstreamClosed(CloseReason.Remote);
        }
        else
        {
            _user.OnUpstreamFailed(false, null);
        }
    }

    public void OnUpstreamAboveHighWatermark() => _user.OnUpstreamAboveHighWatermark();

    public void OnUpstreamBelowLowWatermark() => _user.OnUpstreamBelowLowWatermark();

    /// <summary>The response is over. When the request is too, so is the stream; else it is still written
    /// to.</summary>
    private void OnEnd()
    {
        _isReadEnded = true;
        _user.OnUpstreamEnd();
        if (_isWriteEnded || _stream?.Protocol != HttpProtocol.Http2)
        {
            Finish();
        }
    }

    private void Finish()
    {
        if (_stream is not null)
        {
            _stream = null;
            _user.OnUpstreamClosed(CloseReason.Remote);
        }
    }
}
