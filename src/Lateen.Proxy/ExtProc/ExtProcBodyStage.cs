using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.ExtProc;

/// <summary>A body that is sent to the service piece by piece; each piece waits for its answer.</summary>
internal sealed class ExtProcBodyStage(ExtProcSession session, bool isRequest) : BodyStage
{
    /// <summary>Bytes that may wait for answers before no more are taken.</summary>
    private const int HeldBytesMax = 256 * 1024;

    private readonly Queue<(byte[] Bytes, bool End)> _held = new();
    private int _heldBytes;
    private bool _isPaused;
    private bool _hasTrailers;
    private bool _trailersSent;

    /// <summary>The last piece has been answered.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>A piece has been answered.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Pieces that wait for answers.</summary>
    public int Count => _held.Count;

    internal override void OnData(BufferChain data, int length, bool end)
    {
        if (session.IsDone)
        {
            Forward(data, length, end);
            return;
        }
        var bytes = new byte[length];
        data.CopyTo(bytes.AsSpan(0, length));
        if (session.Config.IsObserver)
        {
            session.SendBody(isRequest, bytes, end);
            Forward(data, length, end);
            return;
        }
        data.Consume(length);
        if (length == 0 && !end)
        {
            return;
        }
        var endsApart = end && length > 0 && session.EndsApart(isRequest);
        _held.Enqueue((bytes, end && !endsApart));
        if (endsApart)
        {
            // Two messages get two answers.
            _held.Enqueue(([], true));
        }
        _heldBytes += length;
        UpdatePause();
        session.SendPiece(isRequest, bytes, end && !endsApart);
        if (endsApart)
        {
            session.SendPiece(isRequest, [], true);
        }
    }

    internal override void OnTrailers()
    {
        if (!session.IsDone && !session.Config.IsObserver && session.HasNoTrailers(isRequest))
        {
            _held.Enqueue(([], true));
            session.SendBody(isRequest, [], true);
            return;
        }
        if (session is { IsDone: false, Config.IsObserver: true } && session.HasNoTrailers(isRequest))
        {
            session.SendBody(isRequest, [], true);
        }
        _hasTrailers = true;
        ContinueTrailers();
    }

    /// <summary>The answer for the oldest piece: null leaves it as it is.</summary>
    public void OnAnswer(byte[]? replacement)
    {
        if (!_held.TryDequeue(out var piece))
        {
            return;
        }
        HasAnswered = true;
        _heldBytes -= piece.Bytes.Length;
        UpdatePause();
        if (piece.End)
        {
            IsFinished = true;
            session.OnBodyFinished(isRequest);
        }
        Send(replacement ?? piece.Bytes, piece.End);
        ContinueTrailers();
    }

    /// <summary>No more answers will come: what waits goes on as it is.</summary>
    public void Release()
    {
        while (IsAttached && _held.TryDequeue(out var piece))
        {
            _heldBytes -= piece.Bytes.Length;
            Send(piece.Bytes, piece.End);
        }
        UpdatePause();
        ContinueTrailers();
    }

    /// <summary>The trailers' answer has come, or none is wanted.</summary>
    public void ReleaseTrailers() => ForwardTrailers();

    protected override void OnDetached() => _held.Clear();

    private void ContinueTrailers()
    {
        if (!_hasTrailers || _held.Count > 0 || !IsAttached || _trailersSent)
        {
            return;
        }
        _trailersSent = true;
        if (session.IsDone || !session.TrySendTrailers(isRequest))
        {
            ForwardTrailers();
        }
    }

    private void Send(byte[] bytes, bool end)
    {
        var output = TakeScratch();
        output.Append(bytes);
        if (end || bytes.Length > 0)
        {
            Forward(output, output.Length, end);
        }
    }

    private void UpdatePause()
    {
        var isPaused = _heldBytes > HeldBytesMax;
        if (isPaused != _isPaused)
        {
            _isPaused = isPaused;
            Pause(isPaused);
        }
    }
}
