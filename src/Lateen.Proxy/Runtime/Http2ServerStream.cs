using Lateen.Http.Http2;
using Lateen.Net;

namespace Lateen.Proxy.Runtime;

/// <summary>What an HTTP/2 connection keeps of one downstream stream; part of its <see cref="HttpStream"/> and reused
/// with it.</summary>
internal sealed class Http2ServerStream : ITimerTarget
{
    private readonly LoopTimer _flushTimer;
    private Http2ServerConnection? _connection;

    internal Http2ServerStream(Worker worker, HttpStream http)
    {
        Http = http;
        Pending = new BufferChain(worker.Loop.Buffers);
        _flushTimer = new LoopTimer(worker.Loop.Timers, this);
    }

    internal HttpStream Http { get; }

    internal Http2Stream Frames { get; private set; } = null!;

    /// <summary>Body bytes that wait for a window or for room in the output.</summary>
    internal BufferChain Pending { get; }

    /// <summary>The response ends with the pending bytes.</summary>
    internal bool EndPending { get; set; }

    /// <summary>The trailers of the response follow the pending bytes.</summary>
    internal bool TrailersPending { get; set; }

    /// <summary>The response is complete but for what is pending.</summary>
    internal bool IsResponseDone { get; set; }

    internal bool IsHeadersSeen { get; set; }

    /// <summary>An upgrade that came as extended CONNECT.</summary>
    internal bool IsExtendedConnect { get; set; }

    /// <summary>The request's body is not wanted for the moment.</summary>
    internal bool IsReadPaused { get; set; }

    /// <summary>Bytes taken while reading was paused, to be credited later.</summary>
    internal int Withheld { get; set; }

    /// <summary>Too much is pending; the source has been told to stop.</summary>
    internal bool IsAboveHighWatermark { get; set; }

    /// <summary>The connection's output is above its high watermark, and the source has been told.</summary>
    internal bool IsConnectionFull { get; set; }

    /// <summary>Place in the connection's list.</summary>
    internal int Index { get; set; }

    internal bool IsOpen => _connection is not null;

    /// <summary>Bytes of the request's and the response's body that lie here.</summary>
    internal long HeldBytes => Pending.Length + Http.HeldBytes;

    internal void ResetForOverload() => _connection?.ResetForOverload(this);

    internal bool HasPending => EndPending || TrailersPending || !Pending.IsEmpty;

    internal void Begin(Http2ServerConnection connection, Http2Stream frames)
    {
        _connection = connection;
        Frames = frames;
        EndPending = false;
        TrailersPending = false;
        IsResponseDone = false;
        IsHeadersSeen = false;
        IsExtendedConnect = false;
        IsReadPaused = false;
        IsAboveHighWatermark = false;
        IsConnectionFull = false;
        Withheld = 0;
    }

    internal void StartFlushTimer(long nanos)
    {
        if (nanos > 0)
        {
            _flushTimer.Start((nanos + 999_999) / 1_000_000);
        }
    }

    /// <summary>The stream is over.</summary>
    internal void End()
    {
        _flushTimer.Stop();
        Pending.Clear();
        _connection = null;
    }

    void ITimerTarget.OnTimer(LoopTimer timer) => _connection?.OnFlushTimeout(this);
}
