using Lateen.Net;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Redis;

/// <summary>
/// The filter <c>redis_proxy</c> on one connection: 1. cut what comes into commands; 2. have each carried out; 3.
/// answer them in the order in which they came.
/// </summary>
internal sealed class RedisSession : TerminalFilter
{
    /// <summary>Commands without an answer; the client is not read from while there are so many.</summary>
    private const int PendingCountMax = 1024;

    private const int RequestsRetainedMax = 64;

    private readonly NetworkFilterChain _chain;
    private readonly Connection _connection;
    private readonly RespDecoder _decoder = new(true);
    private readonly Queue<RedisRequest> _pending = new();
    private readonly Stack<RedisRequest> _free = new();
    private readonly RedisSplitter _splitter;
    private bool _isReading;
    private bool _isPaused;
    private bool _isAboveHigh;
    private bool _closed;

    internal RedisSession(NetworkFilterChain chain, RedisProxyConfig config)
    {
        _chain = chain;
        _connection = chain.Downstream.Connection;
        Config = config;
        Transaction = new RedisTransaction();
        IsAllowed = !config.RequiresAuth;
        _splitter = new RedisSplitter(this);
        Count(RedisStat.DownstreamCxTotal);
        Count(RedisStat.DownstreamCxActive);
    }

    internal RedisProxyConfig Config { get; }

    internal Worker Worker => _chain.Downstream.Worker;

    /// <summary>What key formatters may tell of the connection.</summary>
    internal StreamInfo Stream => _chain.Stream;

    internal RedisTransaction Transaction { get; }

    /// <summary>The client has said who it is, or need not.</summary>
    internal bool IsAllowed { get; set; }

    /// <summary>The client wants the connection closed once it is answered.</summary>
    internal bool HasQuit { get; set; }

    internal override void Start()
    {
    }

    internal override void OnReceived(int length) => Count(RedisStat.DownstreamCxRxBytesTotal, length);

    internal override void OnData()
    {
        if (_isReading || _closed)
        {
            return;
        }

        _isReading = true;
        ReadCommands();
        _isReading = false;
        Flush();
    }

    internal override void OnEndOfStream() => _connection.Close(CloseType.NoFlush);

    internal override void OnAboveHighWatermark()
    {
        _isAboveHigh = true;
        Pause();
    }

    internal override void OnBelowLowWatermark()
    {
        _isAboveHigh = false;
        Resume();
    }

    internal override void OnClosed(CloseReason reason)
    {
        _closed = true;
        Count(RedisStat.DownstreamCxActive, -1);
        Count(RedisStat.DownstreamRqActive, -_pending.Count);
        while (_pending.TryDequeue(out var request))
        {
            request.Cancel();
            request.Release();
        }

        while (_free.TryPop(out var request))
        {
            request.Release();
        }

        Transaction.Close();
    }

    /// <summary>A command has its answer: those at the front of the queue go out.</summary>
    internal void OnAnswered()
    {
        if (!_isReading)
        {
            Flush();
        }
    }

    private void ReadCommands()
    {
        while (!_isPaused && !_closed && !HasQuit && _connection.State == ConnectionState.Open)
        {
            switch (_decoder.TryRead(_connection.Input, out var frame))
            {
                case RespStatus.Done:
                    if (!TryBegin(frame))
                    {
                        return;
                    }

                    break;
                case RespStatus.Invalid:
                    Refuse();
                    return;
                default:
                    return;
            }

            WriteAnswers();
            if (_pending.Count >= PendingCountMax)
            {
                Pause();
            }
        }
    }

    private bool TryBegin(ReadOnlySpan<byte> frame)
    {
        var request = _free.TryPop(out var free) ? free : new RedisRequest(this);
        if (request.Read(frame) is not { } isCommand)
        {
            _free.Push(request);
            Refuse();
            return false;
        }

        _pending.Enqueue(request);
        Count(RedisStat.DownstreamRqTotal);
        Count(RedisStat.DownstreamRqActive);
        _splitter.Split(request, isCommand);
        return true;
    }

    /// <summary>The client does not speak the protocol.</summary>
    private void Refuse()
    {
        Count(RedisStat.DownstreamCxProtocolError);
        WriteAnswers();
        Write("-downstream protocol error\r\n"u8);
        _connection.Send();
        _connection.Close(CloseType.FlushWrite);
    }

    private void WriteAnswers()
    {
        while (!_closed && _pending.TryPeek(out var request) && request.IsAnswered)
        {
            _pending.Dequeue();
            Write(request.Reply.Written);
            Count(RedisStat.DownstreamRqActive, -1);
            if (_free.Count < RequestsRetainedMax)
            {
                _free.Push(request);
            }
            else
            {
                request.Release();
            }
        }
    }

    private void Write(ReadOnlySpan<byte> reply)
    {
        _chain.BeforeWrite();
        _connection.Output.Append(reply);
        Count(RedisStat.DownstreamCxTxBytesTotal, reply.Length);
    }

    private void Flush()
    {
        if (_closed || _connection.State != ConnectionState.Open)
        {
            return;
        }

        WriteAnswers();
        if (!_connection.Output.IsEmpty)
        {
            _connection.Send();
        }

        if (_pending.Count == 0)
        {
            if (HasQuit)
            {
                _connection.Close(CloseType.FlushWrite);
                return;
            }

            if (_chain.Downstream.ShouldClose)
            {
                Count(RedisStat.DownstreamCxDrainClose);
                _connection.Close(CloseType.FlushWrite);
                return;
            }

            if (Transaction.ShouldClose)
            {
                Transaction.Close();
            }
        }

        if (_pending.Count < PendingCountMax / 2)
        {
            Resume();
        }
    }

    private void Pause()
    {
        if (!_isPaused)
        {
            _isPaused = true;
            _connection.ReadDisable(true);
        }
    }

    /// <summary>Goes on with what was left in the buffers.</summary>
    private void Resume()
    {
        if (!_isPaused || _isAboveHigh || _closed || _pending.Count >= PendingCountMax)
        {
            return;
        }

        _isPaused = false;
        _connection.ReadDisable(false);
        OnData();
    }

    private void Count(RedisStat stat, long amount = 1) => Config.Stats.Add(Worker.Index, stat, amount);
}
