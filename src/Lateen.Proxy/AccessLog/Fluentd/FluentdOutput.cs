using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.AccessLog.Fluentd;

/// <summary>
/// Entries of one worker on their way to Fluentd in its forward mode: they wait for a time or until they are many
/// bytes, then for a connection. What comes while too many wait is dropped.
/// </summary>
internal sealed class FluentdOutput : IConnectionCallbacks, ITimerTarget
{
    private const int TimeBytes = 8;

    private readonly Worker _worker;
    private readonly FluentdSink _sink;
    private readonly LoopTimer _flushTimer;
    private readonly LoopTimer _retryTimer;
    private readonly ByteBuffer _entries = new(4096);
    private readonly ByteBuffer _message = new();
    private Connection? _connection;
    private Cluster? _cluster;
    private int _count;
    private int _size;
    private int _failures;
    private uint _attempts;
    private bool _isConnected;
    private bool _hasGivenUp;

    public FluentdOutput(Worker worker, FluentdSink sink)
    {
        _worker = worker;
        _sink = sink;
        _flushTimer = new LoopTimer(worker.Loop.Timers, this);
        _retryTimer = new LoopTimer(worker.Loop.Timers, this);
    }

    /// <summary>Takes an entry whose record is a JSON text.</summary>
    public void Add(ReadOnlyMemory<byte> json)
    {
        if (_hasGivenUp || _size >= _sink.FlushBytes)
        {
            _sink.Stats.Add(_worker.Index, _sink.Lost);
            return;
        }

        var before = _entries.Length;
        MessagePack.WriteArray(_entries, 2);
        MessagePack.WriteNumber(_entries, (ulong)(_worker.Loop.UnixNanos / 1_000_000_000));
        var start = _entries.Length;
        MessagePack.WriteJson(_entries, json);
        _count++;
        _size += TimeBytes + _entries.Length - start;
        _sink.Stats.Add(_worker.Index, _sink.Buffered);
        if (_size >= _sink.FlushBytes)
        {
            Flush();
        }
        else if (before == 0 || !_flushTimer.IsStarted)
        {
            _flushTimer.Start(Math.Max(1, _sink.FlushMillis));
        }
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        if (timer == _flushTimer)
        {
            Flush();
            return;
        }

        _sink.Stats.Add(_worker.Index, _sink.Reconnects);
        Connect();
    }

    public void OnConnected(Connection connection)
    {
        _isConnected = true;
        _failures = 0;
        _retryTimer.Stop();
        Flush();
    }

    public void OnData(Connection connection) => connection.Input.Consume(connection.Input.Length);

    public void OnEndOfStream(Connection connection) => connection.Close(CloseType.NoFlush);

    public void OnAboveHighWatermark(Connection connection)
    {
    }

    public void OnBelowLowWatermark(Connection connection)
    {
    }

    public void OnClosed(Connection connection, CloseReason reason)
    {
        _cluster?.Stats.Add(_worker.Index, ClusterStat.UpstreamCxActive, -1);
        _cluster?.Stats.Add(_worker.Index, ClusterStat.UpstreamCxDestroy);
        _cluster?.Stats.Add(_worker.Index, reason == CloseReason.Local
            ? ClusterStat.UpstreamCxDestroyLocal
            : ClusterStat.UpstreamCxDestroyRemote);
        if (!_isConnected)
        {
            _cluster?.Stats.Add(_worker.Index, ClusterStat.UpstreamCxConnectFail);
        }

        _connection = null;
        _isConnected = false;
        _sink.Stats.Add(_worker.Index, _sink.Closed);
        TryAgainLater();
    }

    private void Flush()
    {
        if (_count == 0 || (_connection is not null && !_isConnected))
        {
            return;
        }

        if (_connection is null)
        {
            if (!_retryTimer.IsStarted)
            {
                Connect();
            }

            return;
        }

        _message.Clear();
        MessagePack.WriteArray(_message, 2);
        MessagePack.WriteText(_message, _sink.Tag);
        MessagePack.WriteArray(_message, _count);
        _message.Write(_entries.Written);
        _connection.Output.Append(_message.Written);
        _connection.Send();
        _sink.Stats.Add(_worker.Index, _sink.Sent);
        Clear();
    }

    private void Connect()
    {
        if (_connection is not null)
        {
            return;
        }

        _attempts++;
        _cluster = _sink.Cluster.Current;
        if (_cluster?.PickHost(_worker.Index, new LoadBalancerContext()) is not { } host
            || UpstreamConnector.Connect(_worker, host, this, default, out _) is not { } connection)
        {
            TryAgainLater();
            return;
        }

        _connection = connection;
        _cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxTotal);
        _cluster.Stats.Add(_worker.Index, ClusterStat.UpstreamCxActive);
    }

    private void TryAgainLater()
    {
        if (_attempts >= (_sink.ConnectAttemptsMax ?? uint.MaxValue))
        {
            _cluster?.Stats.Add(_worker.Index, ClusterStat.UpstreamCxConnectAttemptsExceeded);
            _hasGivenUp = true;
            _flushTimer.Stop();
            Clear();
            return;
        }

        var span = Math.Min(_sink.BackOffMillisMax, _sink.BackOffMillis << Math.Min(_failures, 20));
        _failures++;
        _retryTimer.Start(1 + (long)(_worker.Random.Next() % (ulong)Math.Max(1, span)));
    }

    private void Clear()
    {
        _entries.Clear();
        _count = 0;
        _size = 0;
    }
}
