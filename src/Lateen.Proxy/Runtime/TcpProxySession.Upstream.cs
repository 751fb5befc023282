using System.Text;
using Lateen.Net;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <content>The upstream side: attempts, and what the upstream connection tells.</content>
internal sealed partial class TcpProxySession
{
    public void OnConnected(Connection connection)
    {
        _connected = true;
        _connectTimer.Stop();
        var host = _info.UpstreamHost!;
        _info.UpstreamLocalAddress = NetAddresses.ToAddress(connection.LocalAddress);
        _info.UpstreamConnectionId = _worker.NextConnectionId();
        if (connection.Tls is { } tls)
        {
            _info.UpstreamTls = TlsInfoBuilder.Build(tls);
            _cluster!.TlsStats?.Add(_worker.Index, TlsStat.Handshake);
        }

        _cluster!.Stats.Record(
            _worker.Index, ClusterHistogram.UpstreamCxConnectMs, (_worker.NowNanos - _connectStartNanos) / 1_000_000);
        _cluster.Outlier?.OnLocalOriginSuccess(host, true);
        if (_config.FlushAccessLogOnConnected)
        {
            Log(AccessLogType.TcpUpstreamConnected);
        }

        _lastActivityNanos = _worker.NowNanos;
        if (_downstreamClosed)
        {
            connection.Close(CloseType.NoFlush);
            return;
        }

        _downstream.ReadDisable(false);
        if (!_downstream.Input.IsEmpty)
        {
            _owner.OnData(_downstream);
        }
    }

    public void OnData(Connection connection)
    {
        _lastActivityNanos = _worker.NowNanos;
        var length = connection.Input.Length;
        _info.BytesSent += length;
        Count(TcpStat.DownstreamCxTxBytesTotal, length);
        _cluster!.Stats.Add(_worker.Index, ClusterStat.UpstreamCxRxBytesTotal, length);
        connection.Input.MoveTo(_downstream.Output, length);
        _downstream.Send();
    }

    public void OnEndOfStream(Connection connection)
    {
        if (_connected)
        {
            _downstream.EndWrite();
        }
    }

    public void OnAboveHighWatermark(Connection connection)
    {
        _cluster!.Stats.Add(_worker.Index, ClusterStat.UpstreamFlowControlBackedUpTotal);
        _downstream.ReadDisable(true);
    }

    public void OnBelowLowWatermark(Connection connection)
    {
        _cluster!.Stats.Add(_worker.Index, ClusterStat.UpstreamFlowControlDrainedTotal);
        _downstream.ReadDisable(false);
    }

    public void OnClosed(Connection connection, CloseReason reason)
    {
        ReleaseUpstream(reason);
        if (!_connected)
        {
            if (!_downstreamClosed)
            {
                OnAttemptFailed(connection, reason);
            }
        }
        else if (!_downstreamClosed && _downstream.State != ConnectionState.Closed)
        {
            if (reason == CloseReason.RemoteReset)
            {
                _info.ResponseFlags |= ResponseFlags.UpstreamRemoteReset;
                _downstream.Close(CloseType.AbortReset);
            }
            else if (reason != CloseReason.Remote)
            {
                _downstream.Close(CloseType.FlushWrite);
            }
        }

        FinishIfOver();
    }

    private void Attempt()
    {
        _attempts++;
        var cluster = _cluster!;
        var breaker = cluster.DefaultBreakers.Connections;
        if (!breaker.TryAcquire())
        {
            cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxOverflow);
            Fail(ResponseFlags.UpstreamOverflow);
            return;
        }

        var host = cluster.PickHost(_worker.Index, _context);
        if (host is null)
        {
            breaker.Release();
            cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxNoneHealthy);
            Fail(ResponseFlags.NoHealthyUpstream);
            return;
        }

        _info.UpstreamHost = host;
        _info.UpstreamRemoteAddress = host.Address;
        _info.AttemptCount = _attempts;
        _connectStartNanos = _worker.NowNanos;
        _upstream = UpstreamConnector.Connect(_worker, host, this, OverridesFor(host), out var failure);
        if (_upstream is null)
        {
            breaker.Release();
            _info.UpstreamTransportFailureReason = failure;
            TryAgain(true);
            return;
        }

        _holdsBreaker = true;
        host.Add(_worker.Index, HostStat.CxTotal);
        host.Add(_worker.Index, HostStat.CxActive);
        cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxTotal);
        cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxActive);
        _connectTimer.Start(cluster.Config.ConnectTimeoutNanos / 1_000_000);
    }

    private UpstreamConnector.Overrides OverridesFor(Host host) =>
        host.TransportSocket.ProxyProtocolVersion is > 0 and var version
        ? default(UpstreamConnector.Overrides) with
        {
            Preamble = ProxyProtocolWriter.Write(version, _owner.Info.RemoteAddress, _owner.Info.LocalAddress),
        }
        : default;

    private void OnConnectTimeout()
    {
        _cluster!.Stats.Add(_worker.Index, ClusterStat.UpstreamCxConnectTimeout);
        _cluster.Outlier?.OnLocalOriginFailure(_info.UpstreamHost!, true);
        _upstream?.Close(CloseType.NoFlush);
    }

    private void OnAttemptFailed(Connection connection, CloseReason reason)
    {
        _connectTimer.Stop();
        var host = _info.UpstreamHost!;
        host.Add(_worker.Index, HostStat.CxConnectFail);
        _cluster!.Stats.Add(_worker.Index, ClusterStat.UpstreamCxConnectFail);
        if (reason != CloseReason.Local)
        {
            _cluster.Outlier?.OnLocalOriginFailure(host, false);
        }

        if (connection.TransportFailure is { } text)
        {
            _info.UpstreamTransportFailureReason = Encoding.UTF8.GetBytes(text);
        }

        TryAgain(false);
    }

    private void TryAgain(bool isLocalFailure)
    {
        if (_attempts < _config.MaxConnectAttempts)
        {
            _retryTimer.Start(1);
            return;
        }

        if (_config.MaxConnectAttempts > 1)
        {
            _cluster!.Stats.Add(_worker.Index, ClusterStat.UpstreamCxConnectAttemptsExceeded);
        }

        _info.ResponseFlags |= ResponseFlags.UpstreamRetryLimitExceeded;
        Fail(isLocalFailure ? ResponseFlags.None : ResponseFlags.UpstreamConnectionFailure);
    }

    private void ReleaseUpstream(CloseReason reason)
    {
        if (!_holdsBreaker)
        {
            return;
        }

        _holdsBreaker = false;
        _cluster!.DefaultBreakers.Connections.Release();
        _info.UpstreamHost!.Add(_worker.Index, HostStat.CxActive, -1);
        var stats = _cluster.Stats;
        stats.Add(_worker.Index, ClusterStat.UpstreamCxActive, -1);
        stats.Add(_worker.Index, ClusterStat.UpstreamCxDestroy);
        stats.Add(
            _worker.Index,
            reason == CloseReason.Local ? ClusterStat.UpstreamCxDestroyLocal : ClusterStat.UpstreamCxDestroyRemote);
        stats.Record(
            _worker.Index, ClusterHistogram.UpstreamCxLengthMs, (_worker.NowNanos - _connectStartNanos) / 1_000_000);
    }
}
