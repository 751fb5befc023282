using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>A connection to a host for the bytes of one downstream connection.</summary>
internal sealed class DirectTcpUpstream : TcpUpstream, IConnectionCallbacks, ITimerTarget
{
    private readonly Worker _worker;
    private readonly Host _host;
    private readonly Cluster _cluster;
    private readonly ITcpUpstreamUser _user;
    private readonly ProxyProtocolState? _header;
    private readonly SharedFilterState? _shared;
    private readonly LoopTimer _timer;
    private Connection? _connection;
    private bool _holdsBreaker;
    private bool _connected;
    private bool _timedOut;
    private long _startNanos;
    private TlsConnectionInfo? _tlsInfo;
    private MetadataExchange? _exchange;
    private FilterState? _state;
    private readonly StreamInfo _info;

    /// <summary>The caller has taken a place of the cluster's breaker, which this one gives back.</summary>
    internal DirectTcpUpstream(
        Worker worker, Host host, ITcpUpstreamUser user, ProxyProtocolState? header, SharedFilterState? shared,
        StreamInfo info)
    {
        _worker = worker;
        _host = host;
        _cluster = host.Cluster;
        _user = user;
        _header = header;
        _info = info;
        _shared = shared is null ? null : worker.GetHostState(host).EnterTcp(shared);
        _timer = new LoopTimer(worker.Loop.Timers, this);
        _holdsBreaker = true;
    }

    internal override bool IsClosed => _connection is null || _connection.State == ConnectionState.Closed;

    internal override bool TryStart(out byte[]? failure)
    {
        _startNanos = _worker.NowNanos;
        var hasTls = _host.TransportSocket.Tls is not null;
        var overrides = default(UpstreamConnector.Overrides) with
        {
            Alpn = hasTls ? TransportOverrides.Alpn(_info) : null,
            Sni = hasTls ? TransportOverrides.ServerName(_info) : null,
            RequiredName = hasTls ? TransportOverrides.SubjectAltNames(_info) : null,
            Preamble = _host.TransportSocket.ProxyProtocolVersion > 0
                ? ProxyProtocolWriter.Write(_host, _header)
                : null,
            Shared = _shared,
            Source = _info.Connection.OriginalSource,
        };
        _connection = UpstreamConnector.Connect(_worker, _host, this, overrides, out failure);
        if (_connection is null)
        {
            Release();
            return false;
        }

        UpstreamConnectionStats.Opened(_worker, _host);
        Count(ClusterStat.UpstreamRqPendingTotal, 1);
        Count(ClusterStat.UpstreamRqPendingActive, 1);
        _host.Add(_worker.Index, HostStat.RqPendingActive);
        _timer.Start((_cluster.Config.ConnectTimeoutNanos + 999_999) / 1_000_000);
        return true;
    }

    internal override void Write(BufferChain data, int length)
    {
        _exchange?.BeforeWrite();
        data.MoveTo(_connection!.Output, length);
        _connection.Send();
    }

    internal override void EndWrite() => _connection!.EndWrite();

    internal override void ReadDisable(bool disable) => _connection!.ReadDisable(disable);

    internal override void Close(CloseType type) => _connection!.Close(type);

    internal override void Describe(StreamInfo info, Cluster cluster)
    {
        info.UpstreamLocalAddress = NetAddresses.ToAddress(_connection!.LocalAddress);
        info.UpstreamConnectionId = _worker.NextConnectionId();
        info.UpstreamTls = _tlsInfo;
        info.UpstreamFilterState = _state ?? (_connection.Handover as InternalHandover)?.PeerState;
    }

    public void OnConnected(Connection connection)
    {
        _connected = true;
        _timer.Stop();
        EndPending();
        Count(ClusterStat.UpstreamRqTotal, 1);
        Count(ClusterStat.UpstreamRqActive, 1);
        _host.Add(_worker.Index, HostStat.RqTotal);
        _host.Add(_worker.Index, HostStat.RqActive);
        _tlsInfo = UpstreamConnectionStats.Connected(_worker, _host, connection, _startNanos, true);
        StartExchange(connection);
        _user.OnUpstreamConnected();
    }

    public void OnData(Connection connection)
    {
        if (_exchange is null || _exchange.TakeHeader(connection.Input, connection.IsPeerEnded))
        {
            PassData(connection.Input);
        }
    }

    public void OnEndOfStream(Connection connection)
    {
        if (connection.IsCutOff)
        {
            // Within the process no half is left open behind a close.
            connection.Close(CloseType.NoFlush);
        }
        else if (_connected)
        {
            if (_exchange is not null && !connection.Input.IsEmpty)
            {
                // A header that was never completed was none.
                _exchange.TakeHeader(connection.Input, true);
                PassData(connection.Input);
            }

            _user.OnUpstreamEnd();
        }
    }

    public void OnAboveHighWatermark(Connection connection)
    {
        _cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamFlowControlBackedUpTotal);
        _user.OnUpstreamAboveHighWatermark();
    }

    public void OnBelowLowWatermark(Connection connection)
    {
        _cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamFlowControlDrainedTotal);
        _user.OnUpstreamBelowLowWatermark();
    }

    public void OnClosed(Connection connection, CloseReason reason)
    {
        _timer.Remove();
        UpstreamConnectionStats.Closed(_worker, _host, connection, reason, _startNanos, _connected);
        Release();
        if (_connected)
        {
            Count(ClusterStat.UpstreamRqActive, -1);
            _host.Add(_worker.Index, HostStat.RqActive, -1);
            _user.OnUpstreamClosed(reason);
            return;
        }

        byte[]? text = null;
        var gaveUp = reason == CloseReason.Local && !_timedOut;
        EndPending();
        Count(gaveUp ? ClusterStat.UpstreamRqCancelled : ClusterStat.UpstreamRqPendingFailureEject, 1);
        if (!gaveUp)
        {
            text = UpstreamConnectionStats.ConnectFailed(_worker, _host, connection, reason, _timedOut);
        }

        _user.OnUpstreamFailed(gaveUp, _timedOut ? null : text);
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        _timedOut = true;
        _cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxConnectTimeout);
        _connection!.Close(CloseType.NoFlush);
    }

    private void PassData(BufferChain input)
    {
        if (!input.IsEmpty)
        {
            _user.OnUpstreamData(input, input.Length);
        }
    }

    private void EndPending()
    {
        Count(ClusterStat.UpstreamRqPendingActive, -1);
        _host.Add(_worker.Index, HostStat.RqPendingActive, -1);
    }

    private void Count(ClusterStat stat, int count) => _cluster.Stats.Add(_worker.Index, stat, count);

    private void StartExchange(Connection connection)
    {
        if (_cluster.Config.MetadataExchange is not { } config)
        {
            return;
        }

        _state = new FilterState();
        _exchange = new MetadataExchange(
            config, _worker.Index, connection, _state, "upstream", () => config.Workloads.FindHost(_host));
    }

    private void Release()
    {
        if (_holdsBreaker)
        {
            _holdsBreaker = false;
            if (_shared is not null)
            {
                _worker.GetHostState(_host).LeaveTcp(_shared);
            }

            _cluster.DefaultBreakers.Connections.Release();
        }
    }
}
