using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Redis;

/// <summary>A connection to a host: commands go out one behind the other, and replies come in the same order.</summary>
internal sealed class RedisClient : IConnectionCallbacks, ITimerTarget
{
    private const int OperationTimer = 1;
    private const int FlushTimer = 2;

    private readonly RedisPool _pool;
    private readonly Worker _worker;
    private readonly Queue<RedisCall> _pending = new();
    private readonly RespDecoder _decoder = new(false);
    private readonly LoopTimer _timer;
    private readonly LoopTimer _flushTimer;
    private readonly bool _isTransaction;
    private Connection? _connection;
    private bool _connected;
    private bool _closed;
    private long _lastUseNanos;

    internal RedisClient(RedisPool pool, Host host, bool isTransaction)
    {
        _pool = pool;
        _worker = pool.Worker;
        Host = host;
        _isTransaction = isTransaction;
        _timer = new LoopTimer(_worker.Loop.Timers, this, OperationTimer);
        _flushTimer = new LoopTimer(_worker.Loop.Timers, this, FlushTimer);
    }

    internal Host Host { get; }

    /// <summary>Replies are to come.</summary>
    internal bool IsActive => _pending.Count > 0;

    internal bool IsClosed => _closed;

    /// <summary>Its host has left while replies were to come.</summary>
    internal bool IsDraining { get; set; }

    /// <summary>Nothing was sent for as long as TCP connections of the cluster may rest.</summary>
    internal bool IsIdle => Host.Cluster.Config.TcpIdleTimeoutNanos is > 0 and var limit
        && _worker.NowNanos - _lastUseNanos > limit;

    private RedisSettings Settings => _pool.Settings;

    internal bool TryConnect()
    {
        _lastUseNanos = _worker.NowNanos;
        _connection = UpstreamConnector.Connect(_worker, Host, this, default, out _);
        if (_connection is null)
        {
            return false;
        }

        Host.Add(_worker.Index, HostStat.CxTotal);
        Host.Add(_worker.Index, HostStat.CxActive);
        Count(ClusterStat.UpstreamCxTotal);
        Count(ClusterStat.UpstreamCxActive);
        _timer.Start((Host.Cluster.Config.ConnectTimeoutNanos + 999_999) / 1_000_000);
        Introduce();
        return true;
    }

    internal RedisCall Send(ReadOnlySpan<byte> line, IRedisCallOwner? owner, int index, int command)
    {
        var call = _pool.RentCall();
        call.Owner = owner;
        call.Index = index;
        call.Command = command;
        if (Settings.EnableRedirection && owner is not null && !_isTransaction)
        {
            (call.Line ??= new ByteBuffer()).Write(line);
        }

        Enqueue(call, line);
        return call;
    }

    /// <summary>Sends a command that another host did not want.</summary>
    internal void Resend(RedisCall call)
    {
        call.IsFinal = true;
        Enqueue(call, call.Line!.Written);
    }

    internal void Close() => _connection!.Close(CloseType.NoFlush);

    public void OnConnected(Connection connection)
    {
        _connected = true;
        _timer.Stop();
        if (IsActive)
        {
            StartOperation();
        }

        Flush();
    }

    public void OnData(Connection connection)
    {
        while (true)
        {
            switch (_decoder.TryRead(connection.Input, out var frame))
            {
                case RespStatus.Done:
                    OnReply(frame);
                    if (_closed)
                    {
                        return;
                    }

                    break;
                case RespStatus.Invalid:
                    Count(ClusterStat.UpstreamCxProtocolError);
                    Host.Add(_worker.Index, HostStat.RqError);
                    Host.Cluster.Outlier?.OnResponse(Host, 500);
                    Close();
                    return;
                default:
                    return;
            }
        }
    }

    public void OnEndOfStream(Connection connection) => connection.Close(CloseType.NoFlush);

    public void OnAboveHighWatermark(Connection connection) => Count(ClusterStat.UpstreamFlowControlBackedUpTotal);

    public void OnBelowLowWatermark(Connection connection) => Count(ClusterStat.UpstreamFlowControlDrainedTotal);

    public void OnClosed(Connection connection, CloseReason reason)
    {
        _closed = true;
        _timer.Remove();
        _flushTimer.Remove();
        _pool.OnClosed(this);
        var isLocal = reason == CloseReason.Local && !connection.IsPeerEnded;
        CountClosed(isLocal);
        while (_pending.TryDequeue(out var call))
        {
            CountDone();
            var (owner, index) = (call.Owner, call.Index);
            if (call.IsCancelled)
            {
                Count(ClusterStat.UpstreamRqCancelled);
            }

            _pool.ReturnCall(call);
            owner?.OnFailure(index);
        }
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        if (timer.Kind == FlushTimer)
        {
            Flush();
            return;
        }

        Host.Cluster.Outlier?.OnLocalOriginFailure(Host, true);
        if (_connected)
        {
            Count(ClusterStat.UpstreamRqTimeout);
            Host.Add(_worker.Index, HostStat.RqTimeout);
        }
        else
        {
            Count(ClusterStat.UpstreamCxConnectTimeout);
            Host.Add(_worker.Index, HostStat.CxConnectFail);
        }

        Close();
    }

    /// <summary>What each connection begins with.</summary>
    private void Introduce()
    {
        if (Host.Cluster.Config.Redis is { } credentials
            && (credentials.Username.Length > 0 || credentials.Password.Length > 0))
        {
            var line = new ByteBuffer();
            RedisLine.Begin(line, credentials.Username.Length > 0 ? 3 : 2);
            RedisLine.Add(line, "AUTH"u8);
            if (credentials.Username.Length > 0)
            {
                RedisLine.Add(line, credentials.Username);
            }

            RedisLine.Add(line, credentials.Password);
            Send(line.Written, null, 0, RedisUpstreamStats.UnknownIndex);
        }

        if (Settings.ReadsFromReplicas)
        {
            Send("*1\r\n$8\r\nREADONLY\r\n"u8, null, 0, RedisUpstreamStats.UnknownIndex);
        }
    }

    private void Enqueue(RedisCall call, ReadOnlySpan<byte> line)
    {
        _lastUseNanos = call.StartNanos = _worker.NowNanos;
        _pending.Enqueue(call);
        Count(ClusterStat.UpstreamRqTotal);
        Count(ClusterStat.UpstreamRqActive);
        Host.Add(_worker.Index, HostStat.RqTotal);
        Host.Add(_worker.Index, HostStat.RqActive);
        if (Settings.EnableCommandStats)
        {
            _pool.Upstream.Stats.CountTotal(_worker.Index, call.Command);
        }

        var output = _connection!.Output;
        var wasEmpty = output.IsEmpty;
        output.Append(line);
        if (output.Length >= Settings.BufferBytesMax)
        {
            Flush();
        }
        else if (wasEmpty)
        {
            _flushTimer.Start(Math.Max(1, Settings.BufferFlushMillis));
        }

        if (_connected && _pending.Count == 1)
        {
            StartOperation();
        }
    }

    private void Flush()
    {
        _flushTimer.Stop();
        if (_connected && !_connection!.Output.IsEmpty)
        {
            _connection.Send();
        }
    }

    private void OnReply(ReadOnlySpan<byte> frame)
    {
        // Pushed messages answer nothing.
        if (frame[0] == '>' || !_pending.TryDequeue(out var call))
        {
            return;
        }

        CountDone();
        var micros = (_worker.NowNanos - call.StartNanos) / 1000;
        if (Settings.EnableCommandStats)
        {
            var success = !call.IsCancelled && frame[0] is not ((byte)'-' or (byte)'!');
            _pool.Upstream.Stats.CountDone(_worker.Index, call.Command, success);
            _pool.Upstream.Stats.RecordLatency(_worker.Index, call.Command, micros);
        }

        _pool.Upstream.Stats.RecordTime(_worker.Index, micros);
        Host.Cluster.Outlier?.OnResponse(Host, 200);
        if (IsActive)
        {
            StartOperation();
        }
        else
        {
            _timer.Stop();
        }

        if (call.IsCancelled)
        {
            Count(ClusterStat.UpstreamRqCancelled);
        }
        else if (frame[0] == '-' && Settings.EnableRedirection && !_isTransaction && call.Owner is not null)
        {
            if (RedisRedirection.TryParse(frame, out var address, out var asks) && !call.IsFinal)
            {
                var followed = _pool.TryRedirect(call, address, asks);
                Count(followed ? ClusterStat.UpstreamInternalRedirectSucceededTotal
                    : ClusterStat.UpstreamInternalRedirectFailedTotal);
                if (followed)
                {
                    return;
                }
            }
            else if (frame.StartsWith("-CLUSTERDOWN"u8))
            {
                var (waiting, part) = (call.Owner, call.Index);
                _pool.ReturnCall(call);
                waiting.OnFailure(part);
                return;
            }
        }

        var (owner, index) = (call.Owner, call.Index);
        _pool.ReturnCall(call);
        owner?.OnReply(index, frame);
    }

    private void StartOperation() => _timer.Start((Settings.OpTimeoutNanos + 999_999) / 1_000_000);

    private void CountDone()
    {
        Count(ClusterStat.UpstreamRqActive, -1);
        Host.Add(_worker.Index, HostStat.RqActive, -1);
    }

    private void CountClosed(bool isLocal)
    {
        Host.Add(_worker.Index, HostStat.CxActive, -1);
        Count(ClusterStat.UpstreamCxActive, -1);
        Count(ClusterStat.UpstreamCxDestroy);
        Count(isLocal ? ClusterStat.UpstreamCxDestroyLocal : ClusterStat.UpstreamCxDestroyRemote);
        if (IsActive)
        {
            Count(ClusterStat.UpstreamCxDestroyWithActiveRq);
            Count(isLocal ? ClusterStat.UpstreamCxDestroyLocalWithActiveRq
                : ClusterStat.UpstreamCxDestroyRemoteWithActiveRq);
            if (!isLocal)
            {
                Host.Cluster.Outlier?.OnLocalOriginFailure(Host, false);
            }
        }

        if (!isLocal && !_connected)
        {
            Count(ClusterStat.UpstreamCxConnectFail);
            Host.Add(_worker.Index, HostStat.CxConnectFail);
        }
    }

    private void Count(ClusterStat stat, long amount = 1) => Host.Cluster.Stats.Add(_worker.Index, stat, amount);
}
