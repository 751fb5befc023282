using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>A plain connection to a host that a CONNECT request is tunnelled to: headers stay here, 200 is answered
/// once it is up, and from then on bytes go both ways.</summary>
internal sealed class TcpTunnelConnection : HttpClientStream, IConnectionCallbacks, ITimerTarget
{
    private readonly TcpTunnelPool _pool;
    private readonly Worker _worker;
    private readonly Cluster _cluster;
    private readonly LoopTimer _timer;
    private Connection? _connection;
    private CircuitBreakers? _breakers;
    private IUpstreamCallbacks? _user;
    private TlsConnectionInfo? _tlsInfo;
    private long _startNanos;
    private bool _connected;
    private bool _timedOut;
    private bool _paused;

    internal TcpTunnelConnection(TcpTunnelPool pool)
    {
        _pool = pool;
        _worker = pool.Worker;
        _cluster = pool.Host.Cluster;
        _timer = new LoopTimer(_worker.Loop.Timers, this);
        ConnectionId = _worker.NextConnectionId();
    }

    internal override Host Host => _pool.Host;

    internal override Connection Transport => _connection!;

    internal override ulong ConnectionId { get; }

    internal override TlsConnectionInfo? TlsInfo => _tlsInfo;

    internal override HttpProtocol Protocol => HttpProtocol.None;

    internal bool TryConnect(in UpstreamConnector.Overrides overrides, out byte[]? failure)
    {
        _startNanos = _worker.NowNanos;
        _connection = UpstreamConnector.Connect(_worker, Host, this, overrides, out failure);
        if (_connection is null)
        {
            return false;
        }

        UpstreamConnectionStats.Opened(_worker, Host);
        _timer.Start((_cluster.Config.ConnectTimeoutNanos + 999_999) / 1_000_000);
        return true;
    }

    internal void Begin(IUpstreamCallbacks user, CircuitBreakers breakers)
    {
        _user = user;
        _breakers = breakers;
        Count(ClusterStat.UpstreamRqTotal);
        Count(ClusterStat.UpstreamRqActive);
        Host.Add(_worker.Index, HostStat.RqTotal);
        Host.Add(_worker.Index, HostStat.RqActive);
        user.OnPoolReady(this);
        if (ReferenceEquals(_user, user))
        {
            user.ResponseHeaders.Clear();
            user.ResponseHeaders.Add(HeaderId.Status, "200"u8);
            user.OnResponseHeaders(200, false);
        }
    }

    internal void Close() => _connection!.Close(CloseType.NoFlush);

    internal override void EncodeHeaders(HeaderMap headers, bool endStream)
    {
    }

    internal override void EncodeData(BufferChain data, int length, bool endStream)
    {
        data.MoveTo(_connection!.Output, length);
        if (endStream)
        {
            _connection.EndWrite();
        }

        _connection.Send();
    }

    internal override void EncodeTrailers(HeaderMap trailers) => _connection!.EndWrite();

    internal override void Reset()
    {
        if (_user is not null)
        {
            Finish();
            Close();
        }
    }

    internal override void ReadDisable(bool disable)
    {
        if (_paused == disable || _connection!.State != ConnectionState.Open)
        {
            return;
        }

        _paused = disable;
        Count(disable
            ? ClusterStat.UpstreamFlowControlPausedReadingTotal
            : ClusterStat.UpstreamFlowControlResumedReadingTotal);
        _connection.ReadDisable(disable);
    }

    public void OnConnected(Connection connection)
    {
        _connected = true;
        _timer.Stop();
        _tlsInfo = UpstreamConnectionStats.Connected(_worker, Host, connection, _startNanos);
        _pool.OnConnected(this);
    }

    public void OnData(Connection connection)
    {
        if (_user is null)
        {
            connection.Input.Clear();
        }
        else
        {
            _user.OnResponseData(connection.Input, connection.Input.Length, false);
        }
    }

    public void OnEndOfStream(Connection connection)
    {
        if (connection.IsCutOff)
        {
            connection.Close(CloseType.NoFlush);
            return;
        }

        var user = _user;
        Finish();
        user?.OnResponseData(connection.Input, connection.Input.Length, true);
        connection.Close(CloseType.FlushWrite);
    }

    public void OnAboveHighWatermark(Connection connection)
    {
        Count(ClusterStat.UpstreamFlowControlBackedUpTotal);
        _user?.OnUpstreamAboveHighWatermark();
    }

    public void OnBelowLowWatermark(Connection connection)
    {
        Count(ClusterStat.UpstreamFlowControlDrainedTotal);
        _user?.OnUpstreamBelowLowWatermark();
    }

    public void OnClosed(Connection connection, CloseReason reason)
    {
        _timer.Remove();
        UpstreamConnectionStats.Closed(_worker, Host, connection, reason, _startNanos, _user is not null);
        if (!_connected)
        {
            var text = UpstreamConnectionStats.ConnectFailed(_worker, Host, connection, reason, _timedOut);
            _pool.OnConnectFailed(_timedOut ? UpstreamResetReason.ConnectionTimeout
                : UpstreamResetReason.RemoteConnectionFailure, text);
            return;
        }

        var user = _user;
        Finish();
        _pool.OnClosed();
        user?.OnUpstreamReset(UpstreamResetReason.ConnectionTermination);
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        Count(ClusterStat.UpstreamCxConnectTimeout);
        _timedOut = true;
        Close();
    }

    private void Finish()
    {
        if (_user is null)
        {
            return;
        }

        _user = null;
        _breakers!.Requests.Release();
        Count(ClusterStat.UpstreamRqActive, -1);
        Host.Add(_worker.Index, HostStat.RqActive, -1);
    }

    private void Count(ClusterStat stat, long amount = 1) => _cluster.Stats.Add(_worker.Index, stat, amount);
}
