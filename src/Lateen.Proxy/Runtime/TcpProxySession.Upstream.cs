using System.Text;
using Lateen.Net;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Runtime;

/// <content>The upstream side: attempts, and what the upstream connection tells.</content>
internal sealed partial class TcpProxySession
{
    public void OnUpstreamConnected()
    {
        _connected = true;
        _upstream!.Describe(_info, _cluster!);
        if (_config.FlushAccessLogOnConnected)
        {
            Log(AccessLogType.TcpUpstreamConnected);
        }

        _lastActivityNanos = _worker.NowNanos;
        if (_downstreamClosed)
        {
            _upstream.Close(CloseType.NoFlush);
            return;
        }

        if (_isReadDisabled)
        {
            _isReadDisabled = false;
            _downstream.ReadDisable(false);
        }

        if (!_downstream.Input.IsEmpty)
        {
            _chain.OnData();
        }

        if (_earlyEnd)
        {
            _upstream.EndWrite();
        }
    }

    public void OnUpstreamFailed(bool isLocal, byte[]? transportFailure)
    {
        _info.UpstreamTransportFailureReason = transportFailure;
        if (_downstreamClosed)
        {
            FinishIfOver();
            return;
        }

        TryAgain(isLocal);
    }

    public void OnUpstreamData(BufferChain data, int length)
    {
        _lastActivityNanos = _worker.NowNanos;
        _info.BytesSent += length;
        Count(TcpStat.DownstreamCxTxBytesTotal, length);
        if (_downstreamClosed)
        {
            data.Consume(length);
            return;
        }

        _chain.BeforeWrite(data, length);
        data.MoveTo(_downstream.Output, length);
        _downstream.Send();
    }

    public void OnUpstreamEnd() => _downstream.EndWrite();

    public void OnUpstreamAboveHighWatermark() => _downstream.ReadDisable(true);

    public void OnUpstreamBelowLowWatermark() => _downstream.ReadDisable(false);

    public void OnUpstreamClosed(CloseReason reason)
    {
        if (!_downstreamClosed && _downstream.State != ConnectionState.Closed)
        {
            if (reason == CloseReason.RemoteReset)
            {
                _info.ResponseFlags |= ResponseFlags.UpstreamRemoteReset;
                _info.UpstreamCloseType = DetectedCloseType.RemoteReset;
                _info.DownstreamCloseType = DetectedCloseType.LocalReset;
                _downstream.Close(CloseType.AbortReset);
            }
            else if (reason != CloseReason.Remote || _upstream is TunnelTcpUpstream)
            {
                _downstream.Close(CloseType.FlushWrite);
            }
        }

        FinishIfOver();
    }

    private bool TryChooseCluster()
    {
        var info = _chain.Downstream.Info;
        var named = info.GetFilterState(TcpProxyConfig.ClusterKey) as string;
        var entry = _config.PickEntry(_info.RandomValue);
        var slot = named is null ? entry.Cluster : _worker.Clusters.Find(Encoding.UTF8.GetBytes(named));
        if (slot?.Current is not { } cluster)
        {
            return false;
        }

        _cluster = cluster;
        _info.UpstreamClusterName = slot.Name;
        _info.UpstreamCluster = cluster;
        _context.OriginalDestination = OriginalDestinationKeys.Of(info, cluster.Config)
            ?? (info.LocalAddressRestored ? info.LocalAddress : default);
        _context.Subset = entry.Subset;
        if (cluster.Provider is Dns.ForwardProxyHosts)
        {
            _context.ForwardProxyHost = ForwardProxyHostOf(info);
        }

        if (_config.HashSourceIp)
        {
            Span<byte> text = stackalloc byte[Addresses.IpAddress.TextBytesMax];
            _context.Hash = XxHash64.Hash(text[..info.RemoteAddress.Ip.Format(text)]);
        }
        else if (_config.HashFilterState is { } key)
        {
            _context.Hash = info.GetFilterState(key) switch
            {
                string text => XxHash64.Hash(Encoding.UTF8.GetBytes(text)),
                byte[] bytes => XxHash64.Hash(bytes),
                _ => null,
            };
        }

        return true;
    }

    /// <summary>Where a dynamic forward proxy goes: what filters named, else the name that the client asked
    /// for.</summary>
    private static byte[] ForwardProxyHostOf(ConnectionInfo info)
    {
        var name = info.GetFilterState(TcpProxyConfig.DynamicHostKey) as string
            ?? Encoding.ASCII.GetString(info.RequestedServerName);
        var port = info.GetFilterState(TcpProxyConfig.DynamicPortKey) as string ?? "443";
        return name.Length == 0 ? [] : Encoding.ASCII.GetBytes($"{name}:{port}");
    }

    private void Attempt()
    {
        _attempts++;
        var cluster = _cluster!;
        var tunnel = TunnelingFor();
        var breaker = cluster.DefaultBreakers.Connections;
        if (tunnel is null && !breaker.TryAcquire())
        {
            cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxOverflow);
            Fail(ResponseFlags.UpstreamOverflow);
            return;
        }

        var host = cluster.PickHost(_worker.Index, _context);
        if (host is null)
        {
            if (tunnel is null)
            {
                breaker.Release();
            }

            cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxNoneHealthy);
            Fail(ResponseFlags.NoHealthyUpstream);
            return;
        }

        _info.UpstreamHost = host;
        _info.UpstreamRemoteAddress = host.Address;
        _info.AttemptCount = _attempts;
        if (tunnel is null && _worker.Sheds(Overload.LoadShedPointKind.ConnectionPoolNewConnection))
        {
            breaker.Release();
            cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamRqPendingTotal);
            TryAgain(true);
            return;
        }

        _upstream = tunnel is null
            ? new DirectTcpUpstream(_worker, host, this, host.TransportSocket.ProxyProtocolVersion > 0
                ? TcpTlv.Merge(_config, _chain.Downstream.Info, _info)
                : null, SharedFilterState.Of(_chain.Downstream.Info.FilterState, _info.FilterState), _info)
            : new TunnelTcpUpstream(_worker, host, this, tunnel, _info);
        if (!_upstream.TryStart(out var failure))
        {
            _info.UpstreamTransportFailureReason = failure;
            TryAgain(true);
        }
    }

    private TunnelingConfig? TunnelingFor() =>
        _config.Tunneling is { } tunnel
        && _chain.Downstream.Info.GetFilterState(DisableTunnelingKey) as string != "true"
            ? tunnel
            : null;

    private void TryAgain(bool isLocalFailure)
    {
        if (_attempts < _config.MaxConnectAttempts)
        {
            _retryTimer.Start(BackoffMillis());
            return;
        }

        _cluster!.Stats.Add(_worker.Index, ClusterStat.UpstreamCxConnectAttemptsExceeded);
        _info.ResponseFlags |= ResponseFlags.UpstreamRetryLimitExceeded;
        Fail(isLocalFailure ? ResponseFlags.None : ResponseFlags.UpstreamConnectionFailure);
    }

    /// <summary>Without a strategy the next turn of the loop; with one a random part of an interval that doubles.
    /// </summary>
    private long BackoffMillis()
    {
        if (_config.BackoffBaseNanos == 0)
        {
            return 1;
        }

        var interval = _config.BackoffBaseNanos * ((1L << Math.Min(_attempts, 30)) - 1);
        interval = Math.Min(interval, _config.BackoffMaxNanos);
        return Math.Max(1, (long)(interval * _worker.Random.NextDouble()) / 1_000_000);
    }
}
