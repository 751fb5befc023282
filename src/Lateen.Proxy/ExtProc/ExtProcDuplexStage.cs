using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.ExtProc;

/// <summary>
/// A body that goes to the service as it comes, while what the service says, in pieces of its own, takes its place.
/// </summary>
internal sealed class ExtProcDuplexStage(ExtProcSession session, bool isRequest) : BodyStage
{
    private bool _ended;
    private bool _hasTrailers;
    private bool _isReleased;

    /// <summary>Part of the body has been sent: what the service keeps of it is lost with the service.</summary>
    public bool HasSent { get; private set; }

    /// <summary>The service has said something.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>The service may say more.</summary>
    public bool IsOpen => HasSent && !_isReleased;

    internal override void OnData(BufferChain data, int length, bool end)
    {
        if (_isReleased)
        {
            Forward(data, length, end);
            return;
        }
        if (length == 0 && !end)
        {
            return;
        }
        var bytes = new byte[length];
        data.CopyTo(bytes.AsSpan(0, length));
        data.Consume(length);
        (HasSent, _ended) = (true, end);
        session.SendBody(isRequest, bytes, end);
    }

    internal override void OnTrailers()
    {
        if (!_isReleased && session.HasNoTrailers(isRequest))
        {
            (HasSent, _ended) = (true, true);
            session.SendBody(isRequest, [], true);
            return;
        }
        _hasTrailers = true;
        if (_isReleased || !session.TrySendTrailers(isRequest))
        {
            Release();
            return;
        }
        HasSent = true;
    }

    /// <summary>A piece of the service's body.</summary>
    public void OnAnswer(ReadOnlySpan<byte> bytes, bool end)
    {
        HasAnswered = true;
        _isReleased |= end;
        if (end)
        {
            session.OnBodyFinished(isRequest);
        }
        if (IsAttached && (end || !bytes.IsEmpty))
        {
            var output = TakeScratch();
            output.Append(bytes);
            Forward(output, output.Length, end);
        }
    }

    /// <summary>The trailers have been answered: they go on.</summary>
    public void ReleaseTrailers()
    {
        _isReleased = true;
        ForwardTrailers();
    }

    /// <summary>The service says no more: what has gone to it is lost, the rest passes.</summary>
    public void Release()
    {
        if (_isReleased || !IsAttached)
        {
            return;
        }
        _isReleased = true;
        if (_hasTrailers)
        {
            ForwardTrailers();
        }
        else if (_ended)
        {
            var output = TakeScratch();
            Forward(output, 0, true);
        }
    }

    protected override void OnDetached() => _isReleased = true;
}
