using System.Collections.Immutable;
using Lateen.Net;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// The filter <c>tcp_proxy</c> on one connection: 1. choose the cluster; 2. connect to a host, trying again as often as
/// allowed; 3. move bytes both ways with back pressure and half-close; 4. log.
/// </summary>
internal sealed partial class TcpProxySession : TerminalFilter, ITcpUpstreamUser, ITimerTarget
{
    private const string IdleTimeoutKey = "envoy.tcp_proxy.per_connection_idle_timeout_ms";
    private const string DisableTunnelingKey = "envoy.tcp_proxy.disable_tunneling";
    private const int IdleTimer = 2;
    private const int DurationTimer = 3;
    private const int RetryTimer = 4;
    private const int ReportTimer = 5;
    private const int LogTimer = 6;
    private const int ClusterTimer = 7;

    private readonly NetworkFilterChain _chain;
    private readonly Worker _worker;
    private readonly Connection _downstream;
    private readonly TcpProxyConfig _config;
    private readonly ImmutableArray<NetworkFilterConfig> _filters;
    private readonly StreamInfo _info;
    private readonly LoadBalancerContext _context = new();
    private readonly LoopTimer _idleTimer;
    private readonly LoopTimer _durationTimer;
    private readonly LoopTimer _retryTimer;
    private LoopTimer? _reportTimer;
    private LoopTimer? _logTimer;
    private NetworkPolicies.TcpReport _reported;
    private TcpUpstream? _upstream;
    private Cluster? _cluster;
    private int _attempts;
    private bool _connected;
    private bool _isFlushing;
    private bool _downstreamClosed;
    private bool _logged;
    private bool _isReadDisabled;
    private bool _awaitsData;
    private bool _hasCluster;
    private bool _earlyEnd;
    private long _lastActivityNanos;
    private long _idleNanos;

    internal TcpProxySession(NetworkFilterChain chain, TcpProxyConfig config,
        ImmutableArray<NetworkFilterConfig> filters)
    {
        _chain = chain;
        _worker = chain.Downstream.Worker;
        _downstream = chain.Downstream.Connection;
        _config = config;
        _filters = filters;
        _info = chain.Stream;
        _idleTimer = new LoopTimer(_worker.Loop.Timers, this, IdleTimer);
        _durationTimer = new LoopTimer(_worker.Loop.Timers, this, DurationTimer);
        _retryTimer = new LoopTimer(_worker.Loop.Timers, this, RetryTimer);
        Count(TcpStat.DownstreamCxTotal);
    }

    internal override bool AcceptsData => _connected || _config.EarlyDataBytesMax >= 0;

    internal override void Start()
    {
        if (_config.EarlyDataBytesMax < 0)
        {
            StopReading();
        }

        StartTimers();
        if (_config.FlushAccessLogOnStart)
        {
            Log(AccessLogType.TcpConnectionStart);
        }

        if (_config.ConnectsOnData)
        {
            // The cluster is that of now, whatever filters do until then.
            _awaitsData = true;
            _hasCluster = TryChooseCluster();
            return;
        }

        _hasCluster = TryChooseCluster();
        Connect();
    }

    private void Connect()
    {
        if (_chain.Downstream.Sheds(Overload.LoadShedPointKind.TcpProxyUpstreamConnect))
        {
            OnOverload();
        }
        else if (_hasCluster)
        {
            Attempt();
        }
        else
        {
            OnNoCluster();
        }
    }

    private void StopReading()
    {
        if (!_isReadDisabled)
        {
            _isReadDisabled = true;
            _downstream.ReadDisable(true);
        }
    }

    /// <summary>Data before the upstream connection stays where it is, up to a limit; the first may make it.</summary>
    private void OnEarlyData()
    {
        Count(TcpStat.EarlyDataReceivedCountTotal);
        if (_downstream.Input.Length > _config.EarlyDataBytesMax)
        {
            StopReading();
        }

        if (_awaitsData)
        {
            _awaitsData = false;
            Connect();
        }
    }

    internal override void OnReceived(int length) => Count(TcpStat.DownstreamCxRxBytesTotal, length);

    internal override void OnData()
    {
        if (_worker.Overload.ShedsSomewhere
            && _chain.Downstream.Sheds(Overload.LoadShedPointKind.TcpProxyOnData))
        {
            OnOverload();
            return;
        }

        _lastActivityNanos = _worker.NowNanos;
        if (!_connected)
        {
            OnEarlyData();
            return;
        }

        var length = _downstream.Input.Length;
        if (_upstream!.IsClosed)
        {
            _downstream.Input.Clear();
            return;
        }

        _upstream.Write(_downstream.Input, length);
    }

    internal override void OnEndOfStream()
    {
        if (_connected)
        {
            _upstream!.EndWrite();
        }
        else if (_config.EarlyDataBytesMax >= 0)
        {
            // The end counts as data, but makes no connection.
            Count(TcpStat.EarlyDataReceivedCountTotal);
            _earlyEnd = true;
        }
        else
        {
            _downstream.Close(CloseType.NoFlush);
        }
    }

    internal override void OnAboveHighWatermark()
    {
        Count(TcpStat.DownstreamFlowControlPausedReadingTotal);
        _upstream?.ReadDisable(true);
    }

    internal override void OnBelowLowWatermark()
    {
        Count(TcpStat.DownstreamFlowControlResumedReadingTotal);
        _upstream?.ReadDisable(false);
    }

    internal override void OnClosed(CloseReason reason)
    {
        _downstreamClosed = true;
        if (reason == CloseReason.RemoteReset)
        {
            _info.DownstreamCloseType = DetectedCloseType.RemoteReset;
        }

        _retryTimer.Stop();
        StopClusterWait();
        if (_upstream is { IsClosed: false } upstream)
        {
            if (reason == CloseReason.RemoteReset)
            {
                upstream.Close(CloseType.AbortReset);
            }
            else if (!_connected || reason == CloseReason.Local)
            {
                upstream.Close(CloseType.NoFlush);
            }
            else
            {
                // What has come is still delivered, as long as the host takes it.
                _isFlushing = true;
                Count(TcpStat.UpstreamFlushTotal);
                Count(TcpStat.UpstreamFlushActive);
                upstream.EndWrite();
            }
        }

        FinishIfOver();
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        switch (timer.Kind)
        {
            case RetryTimer:
                Attempt();
                break;
            case ClusterTimer:
                OnClusterAnswer(true);
                break;
            case IdleTimer:
                OnIdleTimer();
                break;
            case ReportTimer:
                _info.BytesReceived = _chain.BytesReceived;
                NetworkPolicies.ReportTcp(_filters, _worker.Index, _info, ref _reported, false);
                timer.Start(NetworkPolicies.ReportNanos(_filters) / 1_000_000);
                break;
            case LogTimer:
                Log(AccessLogType.TcpPeriodic);
                timer.Start(_config.AccessLogFlushIntervalNanos / 1_000_000);
                break;
            default:
                _info.ResponseFlags |= ResponseFlags.DurationTimeout;
                Count(TcpStat.MaxDownstreamConnectionDuration);
                Close("max_connection_duration_reached");
                break;
        }
    }

    private void StartTimers()
    {
        _lastActivityNanos = _worker.NowNanos;
        _idleNanos = _chain.Downstream.Info.GetFilterState(IdleTimeoutKey) is string text
            && long.TryParse(text, out var millis)
            ? millis * 1_000_000
            : _config.IdleTimeoutNanos;
        if (_idleNanos > 0)
        {
            _idleTimer.Start((_idleNanos + 999_999) / 1_000_000);
        }

        if (NetworkPolicies.ReportNanos(_filters) is > 0 and var report)
        {
            _reportTimer = new LoopTimer(_worker.Loop.Timers, this, ReportTimer);
            _reportTimer.Start(report / 1_000_000);
        }

        if (_config.AccessLogFlushIntervalNanos > 0)
        {
            _logTimer = new LoopTimer(_worker.Loop.Timers, this, LogTimer);
            _logTimer.Start(Math.Max(1, _config.AccessLogFlushIntervalNanos / 1_000_000));
        }

        if (_config.MaxDownstreamConnectionDurationNanos is > 0 and var duration)
        {
            duration += (long)(duration * _config.MaxDurationJitterPercent / 100 * _worker.Random.NextDouble());
            _durationTimer.Start((duration + 999_999) / 1_000_000);
        }
    }

    private void OnIdleTimer()
    {
        var left = _lastActivityNanos + _idleNanos - _worker.NowNanos;
        if (left > 0)
        {
            _idleTimer.Start((left + 999_999) / 1_000_000);
            return;
        }

        Count(TcpStat.IdleTimeout);
        Close("tcp_session_idle_timeout");
    }

    private void Count(TcpStat stat, long amount = 1) => _config.Stats.Scope.Add(_worker.Index, (int)stat, amount);

    private void OnOverload()
    {
        Count(TcpStat.DownstreamCxOverloadClose);
        Fail(ResponseFlags.OverloadManagerTerminated);
    }

    private void Fail(ResponseFlags flag)
    {
        _info.ResponseFlags |= flag;
        _info.DownstreamCloseReason = flag switch
        {
            ResponseFlags.NoHealthyUpstream => "tcp_initializion_failure:1",
            ResponseFlags.UpstreamOverflow => "tcp_initializion_failure:2",
            ResponseFlags.NoClusterFound or ResponseFlags.NoRouteFound => "tcp_initializion_failure:3",
            _ => "tcp_initializion_failure:0",
        };
        _downstream.Close(CloseType.NoFlush);
    }

    private void Close(string reason)
    {
        _info.DownstreamCloseReason = reason;
        if (_connected)
        {
            _info.UpstreamCloseReason = reason;
        }

        _upstream?.Close(CloseType.NoFlush);
        _downstream.Close(CloseType.NoFlush);
    }

    private void FinishIfOver()
    {
        if (!_downstreamClosed || _upstream is { IsClosed: false } || _logged)
        {
            return;
        }

        _logged = true;
        if (_isFlushing)
        {
            Count(TcpStat.UpstreamFlushActive, -1);
        }

        _idleTimer.Remove();
        _durationTimer.Remove();
        _retryTimer.Remove();
        _reportTimer?.Remove();
        _logTimer?.Remove();
        _info.EndNanos = _worker.NowNanos;
        _info.BytesReceived = _chain.BytesReceived;
        NetworkPolicies.ReportTcp(_filters, _worker.Index, _info, ref _reported, true);
        Log(AccessLogType.TcpConnectionEnd);
    }

    private void Log(AccessLogType type)
    {
        _info.BytesReceived = _chain.BytesReceived;
        _info.DownstreamWireBytesReceived = _info.UpstreamWireBytesSent = _info.BytesReceived;
        _info.DownstreamWireBytesSent = _info.UpstreamWireBytesReceived = _info.BytesSent;
        foreach (var log in _config.AccessLogs)
        {
            log.Log(_worker, _info, type);
        }
    }
}
