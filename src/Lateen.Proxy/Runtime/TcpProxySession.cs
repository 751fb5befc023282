using System.Collections.Immutable;
using System.Text;
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
internal sealed partial class TcpProxySession : TerminalFilter, IConnectionCallbacks, ITimerTarget
{
    private const int ConnectTimer = 1;
    private const int IdleTimer = 2;
    private const int DurationTimer = 3;
    private const int RetryTimer = 4;
    private const int ReportTimer = 5;
    private const int LogTimer = 6;

    private readonly DownstreamConnection _owner;
    private readonly Worker _worker;
    private readonly Connection _downstream;
    private readonly TcpProxyConfig _config;
    private readonly ImmutableArray<NetworkFilterConfig> _filters;
    private readonly StreamInfo _info = new();
    private readonly LoadBalancerContext _context = new();
    private readonly LoopTimer _connectTimer;
    private readonly LoopTimer _idleTimer;
    private readonly LoopTimer _durationTimer;
    private readonly LoopTimer _retryTimer;
    private LoopTimer? _reportTimer;
    private LoopTimer? _logTimer;
    private NetworkPolicies.TcpReport _reported;
    private Connection? _upstream;
    private Cluster? _cluster;
    private int _attempts;
    private bool _connected;
    private bool _holdsBreaker;
    private bool _downstreamClosed;
    private bool _logged;
    private long _lastActivityNanos;
    private long _connectStartNanos;

    internal TcpProxySession(DownstreamConnection owner, TcpProxyConfig config,
        ImmutableArray<NetworkFilterConfig> filters)
    {
        _owner = owner;
        _worker = owner.Worker;
        _downstream = owner.Connection;
        _config = config;
        _filters = filters;
        _connectTimer = new LoopTimer(_worker.Loop.Timers, this, ConnectTimer);
        _idleTimer = new LoopTimer(_worker.Loop.Timers, this, IdleTimer);
        _durationTimer = new LoopTimer(_worker.Loop.Timers, this, DurationTimer);
        _retryTimer = new LoopTimer(_worker.Loop.Timers, this, RetryTimer);
    }

    internal override void Start()
    {
        _info.Reset(_owner.Info);
        _info.RandomValue = _worker.Random.Next();
        _info.StartNanos = _owner.Info.StartNanos;
        _info.StartUnixNanos = _owner.Info.StartUnixNanos;
        Count(TcpStat.DownstreamCxTotal);
        _downstream.ReadDisable(true);
        StartTimers();
        if (!TryChooseCluster())
        {
            Count(TcpStat.DownstreamCxNoRoute);
            Fail(ResponseFlags.NoClusterFound);
            return;
        }

        Attempt();
    }

    internal override void OnData()
    {
        if (!_connected)
        {
            return;
        }

        _lastActivityNanos = _worker.NowNanos;
        var length = _downstream.Input.Length;
        _info.BytesReceived += length;
        Count(TcpStat.DownstreamCxRxBytesTotal, length);
        _cluster!.Stats.Add(_worker.Index, ClusterStat.UpstreamCxTxBytesTotal, length);
        _downstream.Input.MoveTo(_upstream!.Output, length);
        _upstream.Send();
    }

    internal override void OnEndOfStream()
    {
        if (_connected)
        {
            _upstream!.EndWrite();
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
        if (_upstream is { } upstream && upstream.State != ConnectionState.Closed)
        {
            if (reason == CloseReason.RemoteReset)
            {
                upstream.Close(CloseType.AbortReset);
            }
            else if (!_connected || reason == CloseReason.Local)
            {
                upstream.Close(_connected ? CloseType.FlushWrite : CloseType.NoFlush);
            }
            else
            {
                upstream.EndWrite();
            }
        }

        FinishIfOver();
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        switch (timer.Kind)
        {
            case ConnectTimer:
                OnConnectTimeout();
                break;
            case RetryTimer:
                Attempt();
                break;
            case IdleTimer:
                OnIdleTimer();
                break;
            case ReportTimer:
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
                _owner.Info.TerminationDetails ??= "max_connection_duration_reached"u8.ToArray();
                Close();
                break;
        }
    }

    private void StartTimers()
    {
        _lastActivityNanos = _worker.NowNanos;
        if (_config.IdleTimeoutNanos > 0)
        {
            _idleTimer.Start(_config.IdleTimeoutNanos / 1_000_000);
        }

        if (NetworkPolicies.ReportNanos(_filters) is > 0 and var report)
        {
            _reportTimer = new LoopTimer(_worker.Loop.Timers, this, ReportTimer);
            _reportTimer.Start(report / 1_000_000);
        }

        if (_config.AccessLogFlushIntervalNanos > 0)
        {
            _logTimer = new LoopTimer(_worker.Loop.Timers, this, LogTimer);
            _logTimer.Start(_config.AccessLogFlushIntervalNanos / 1_000_000);
        }

        if (_config.MaxDownstreamConnectionDurationNanos > 0)
        {
            _durationTimer.Start(_config.MaxDownstreamConnectionDurationNanos / 1_000_000);
        }
    }

    private void OnIdleTimer()
    {
        var left = _lastActivityNanos + _config.IdleTimeoutNanos - _worker.NowNanos;
        if (left > 0)
        {
            _idleTimer.Start((left + 999_999) / 1_000_000);
            return;
        }

        Count(TcpStat.IdleTimeout);
        Close();
    }

    private bool TryChooseCluster()
    {
        var named = _owner.Info.GetFilterState(TcpProxyConfig.ClusterKey) as string;
        var slot = named is null
            ? _config.PickCluster(_info.RandomValue)
            : _worker.Clusters.Find(Encoding.UTF8.GetBytes(named));
        _info.UpstreamClusterName = named ?? slot?.Name ?? "";
        _cluster = slot?.Current;
        _info.UpstreamCluster = _cluster;
        _context.OriginalDestination = _owner.Info.LocalAddressRestored ? _owner.Info.LocalAddress : default;
        if (_config.HashSourceIp)
        {
            Span<byte> text = stackalloc byte[Addresses.IpAddress.TextBytesMax];
            _context.Hash = XxHash64.Hash(text[.._owner.Info.RemoteAddress.Ip.Format(text)]);
        }

        return _cluster is not null;
    }

    private void Count(TcpStat stat, long amount = 1) => _config.Stats.Scope.Add(_worker.Index, (int)stat, amount);

    private void Fail(ResponseFlags flag)
    {
        _info.ResponseFlags |= flag;
        _downstream.Close(CloseType.NoFlush);
    }

    private void Close()
    {
        _upstream?.Close(CloseType.NoFlush);
        _downstream.Close(CloseType.NoFlush);
    }

    private void FinishIfOver()
    {
        if (!_downstreamClosed || (_upstream is not null && _upstream.State != ConnectionState.Closed) || _logged)
        {
            return;
        }

        _logged = true;
        _connectTimer.Remove();
        _idleTimer.Remove();
        _durationTimer.Remove();
        _retryTimer.Remove();
        _reportTimer?.Remove();
        _logTimer?.Remove();
        _info.EndNanos = _worker.NowNanos;
        NetworkPolicies.ReportTcp(_filters, _worker.Index, _info, ref _reported, true);
        Log(AccessLogType.TcpConnectionEnd);
    }

    private void Log(AccessLogType type)
    {
        foreach (var log in _config.AccessLogs)
        {
            log.Log(_info, type, _worker.Loop.UnixNanos);
        }
    }
}
