using Lateen.Net;

namespace Lateen.Proxy.Redis;

/// <summary>A command of a client, from its bytes to its reply. Reused by its session.</summary>
internal sealed class RedisRequest : IRedisCallOwner, ITimerTarget
{
    private const long NanosPerMilli = 1_000_000;

    private readonly RedisSession _session;
    private readonly ByteBuffer _text = new();
    private readonly List<Range> _words = [];
    private readonly List<RedisCall?> _calls = [];
    private RedisReplies? _replies;
    private LoopTimer? _delayTimer;
    private RedisFault? _fault;
    private long _startNanos;

    internal RedisRequest(RedisSession session)
    {
        _session = session;
    }

    internal RedisCommand? Command { get; set; }

    /// <summary>The command whose statistics count it; within transactions MULTI's.</summary>
    internal RedisCommand? Counted { get; set; }

    /// <summary>What the client is answered.</summary>
    internal ByteBuffer Reply { get; } = new();

    internal bool IsAnswered { get; private set; }

    /// <summary>Words of the command, its name included.</summary>
    internal int Count => _words.Count;

    internal RedisReplies Replies => _replies ??= new RedisReplies();

    internal ReadOnlySpan<byte> this[int index] => _text.Written[_words[index]];

    /// <summary>Reads a frame or an inline line. False when it is no array of strings; null when its quotes are
    /// wrong.</summary>
    internal bool? Read(ReadOnlySpan<byte> frame)
    {
        Command = null;
        Counted = null;
        IsAnswered = false;
        _fault = null;
        _text.Clear();
        _words.Clear();
        _calls.Clear();
        Reply.Clear();
        if (RespInline.BeginsSo(frame[0]))
        {
            return RespInline.TrySplit(frame[..^2], _text, _words) ? Count > 0 : null;
        }

        return frame[0] == '*' && ReadArray(frame);
    }

    /// <summary>Begins to count time and takes the fault that is to hit it.</summary>
    internal void Begin(RedisFault? fault)
    {
        _fault = fault;
        _startNanos = _session.Worker.NowNanos;
    }

    /// <summary>It waits for the reply to this call too, if there is one.</summary>
    internal void Expect(RedisCall? call)
    {
        if (call is not null && !IsAnswered)
        {
            while (_calls.Count <= call.Index)
            {
                _calls.Add(null);
            }

            _calls[call.Index] = call;
        }
    }

    /// <summary>Writes the command with other words in place of one or more, which are left as they are where null.
    /// </summary>
    internal void WriteLine(ByteBuffer target, int keyIndex, ReadOnlySpan<byte> key)
    {
        RedisLine.Begin(target, Count);
        for (var i = 0; i < Count; i++)
        {
            RedisLine.Add(target, i == keyIndex ? key : this[i]);
        }
    }

    /// <summary>The reply is written; <paramref name="success"/> null: it counts as neither.</summary>
    internal void Finish(bool? success)
    {
        if (success is { } known)
        {
            CountOutcome(known);
            if (_fault is not { DelayMillis: > 0 })
            {
                RecordLatency();
            }
        }

        Deliver();
    }

    /// <summary>The same for what never went to a host: time does not count.</summary>
    internal void FinishLocally(bool success)
    {
        CountOutcome(success);
        Deliver();
    }

    /// <summary>The client has gone.</summary>
    internal void Cancel()
    {
        IsAnswered = true;
        _delayTimer?.Stop();
        foreach (var call in _calls)
        {
            if (call is not null)
            {
                call.Owner = null;
                call.IsCancelled = true;
            }
        }

        _calls.Clear();
    }

    /// <summary>Lets go of what holds on to the loop.</summary>
    internal void Release() => _delayTimer?.Remove();

    public void OnReply(int index, ReadOnlySpan<byte> frame)
    {
        Forget(index);
        if (IsAnswered)
        {
            return;
        }

        if (Command!.Handler is RedisHandler.GetEach or RedisHandler.SetEach or RedisHandler.SumEach
            or RedisHandler.AllHosts && !IsForwardedWhole)
        {
            Replies.Add(index, frame);
            FinishParts();
            return;
        }

        WriteReply(frame);
        Finish(true);
    }

    public void OnFailure(int index)
    {
        Forget(index);
        if (IsAnswered)
        {
            return;
        }

        if (Command!.Handler is RedisHandler.GetEach or RedisHandler.SetEach or RedisHandler.SumEach
            or RedisHandler.AllHosts && !IsForwardedWhole)
        {
            FailPart(index, "upstream failure"u8);
            return;
        }

        RedisLine.AddError(Reply, "upstream failure"u8);
        Finish(false);
    }

    /// <summary>Within a transaction even commands with many keys go to one host as they are.</summary>
    internal bool IsForwardedWhole { get; set; }

    /// <summary>A part has failed before or after it was sent.</summary>
    internal void FailPart(int index, ReadOnlySpan<byte> reason)
    {
        Replies.AddError(index, reason);
        FinishParts();
    }

    /// <summary>Parts that are known may be all of them: the reply is made then.</summary>
    private void FinishParts()
    {
        if (Replies.Pending == 0)
        {
            Finish(Replies.Write(Command!, Reply));
        }
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        _session.Config.Stats.Add(_session.Worker.Index, Counted!, RedisCommandStat.DelayFault);
        RecordLatency();
        Answer();
    }

    private void Deliver()
    {
        if (_fault is { DelayMillis: > 0 and var delay })
        {
            IsAnswered = false;
            _delayTimer ??= new LoopTimer(_session.Worker.Loop.Timers, this);
            _delayTimer.Start(delay);
            return;
        }

        Answer();
    }

    private void Answer()
    {
        IsAnswered = true;
        _session.OnAnswered();
    }

    private void CountOutcome(bool success) => _session.Config.Stats.Add(
        _session.Worker.Index, Counted!, success ? RedisCommandStat.Success : RedisCommandStat.Error);

    private void RecordLatency()
    {
        var nanos = _session.Worker.NowNanos - _startNanos;
        _session.Config.Stats.RecordLatency(_session.Worker.Index, Counted!,
            _session.Config.LatencyInMicros ? nanos / 1000 : nanos / NanosPerMilli);
    }

    private void Forget(int index)
    {
        if (index < _calls.Count)
        {
            _calls[index] = null;
        }
    }

    /// <summary>What a host says goes on as it is; nothing has one form only.</summary>
    private void WriteReply(ReadOnlySpan<byte> frame) =>
        Reply.Write(frame.SequenceEqual("*-1\r\n"u8) || frame[0] == '_' ? "$-1\r\n"u8 : frame);

    private bool ReadArray(ReadOnlySpan<byte> frame)
    {
        _text.Write(frame);
        var at = frame.IndexOf((byte)'\n') + 1;
        while (at < frame.Length)
        {
            var line = frame[at..];
            var end = line.IndexOf((byte)'\r');
            if (line[0] != '$' || !RespNumber.TryParse(line[1..end], out var length) || length < 0)
            {
                return false;
            }

            at += end + 2;
            _words.Add(new Range(at, at + (int)length));
            at += (int)length + 2;
        }

        return Count > 0;
    }
}
