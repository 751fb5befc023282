using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Pacing;

/// <summary>Lets a body pass as fast as tokens allow, one for each byte; what waits is bounded by back
/// pressure.</summary>
internal abstract class RatedStage : BodyStage, ITimerTarget
{
    /// <summary>Bytes that may wait before no more are taken.</summary>
    private const int HeldBytesMax = 64 * 1024;

    private BufferChain? _held;
    private LoopTimer? _timer;
    private bool _ends;
    private bool _endsWithTrailers;
    private bool _isPaused;
    private bool _isOver;

    internal override void OnData(BufferChain data, int length, bool end)
    {
        OnReceived(length);
        data.MoveTo(_held!, length);
        _ends |= end;
        Release();
    }

    internal override void OnTrailers()
    {
        _endsWithTrailers = true;
        Release();
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        if (IsAttached)
        {
            Release();
        }
    }

    protected override void OnAttached()
    {
        _held = new BufferChain(Stream.Worker.Loop.Buffers);
        _timer = new LoopTimer(Stream.Worker.Loop.Timers, this);
    }

    protected override void OnDetached()
    {
        _timer!.Remove();
        _held!.Clear();
        if (!_isOver)
        {
            _isOver = true;
            OnOver();
        }
    }

    /// <summary>Takes tokens for at most so many bytes.</summary>
    protected abstract int Take(int wanted, long nowNanos);

    /// <summary>Milliseconds until tokens are looked for again.</summary>
    protected abstract long IntervalMillis { get; }

    protected virtual void OnReceived(int length)
    {
    }

    protected virtual void OnReleased(int length, bool isLast)
    {
    }

    /// <summary>The body has passed, or the stream is over.</summary>
    protected virtual void OnOver()
    {
    }

    private void Release()
    {
        var held = _held!;
        var taken = held.IsEmpty ? 0 : Take(held.Length, Stream.Worker.NowNanos);
        var isAll = taken == held.Length;
        if (!isAll)
        {
            _timer!.Start(IntervalMillis);
        }
        SetPaused(held.Length - taken > HeldBytesMax);
        var last = isAll && (_ends || _endsWithTrailers) && !_isOver;
        if (last)
        {
            _isOver = true;
            OnOver();
        }
        OnReleased(taken, last);
        var withTrailers = last && (_endsWithTrailers || AddsTrailers);
        if (taken > 0 || (last && !withTrailers))
        {
            Forward(held, taken, last && !withTrailers);
        }
        if (withTrailers)
        {
            ForwardTrailers();
        }
    }

    /// <summary>The body ends with trailers that this stage has set.</summary>
    protected virtual bool AddsTrailers => false;

    private void SetPaused(bool isPaused)
    {
        if (isPaused != _isPaused)
        {
            _isPaused = isPaused;
            Pause(isPaused);
        }
    }
}
