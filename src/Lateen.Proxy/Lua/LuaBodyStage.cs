using Lateen.Net;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Lua;

/// <summary>
/// A body on its way while its script reads along: each piece goes on once the script has had it; what comes while the
/// script waits for a call of its own is kept back, as in Envoy.
/// </summary>
internal sealed class LuaBodyStage(LuaSession session, bool isRequest) : BodyStage
{
    /// <summary>Bytes that may wait for a script's call before no more are taken.</summary>
    private const int HeldBytesMax = 256 * 1024;

    private BufferChain? _held;
    private bool _cameWhole;
    private bool _heldEnd;
    private bool _heldTrailers;
    private bool _isPaused;

    /// <summary>The script has had a piece of the body, or could have.</summary>
    public bool HasSeen { get; private set; }

    /// <summary>The body's end has come.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Trailers have come.</summary>
    public bool HasTrailers { get; private set; }

    /// <summary>The next piece was held before the script began: it ends with the body, not after it.</summary>
    public void ExpectHeld() => _cameWhole = true;

    internal override void OnData(BufferChain data, int length, bool end)
    {
        if (!session.IsRunning)
        {
            Forward(data, length, end);
            return;
        }
        var endsApart = end && length > 0 && !_cameWhole
            && (isRequest ? Stream.Info.Protocol : Stream.Info.UpstreamProtocol) is HttpProtocol.Http10
                or HttpProtocol.Http11;
        _cameWhole = false;
        Take(data, length, end && !endsApart);
        if (endsApart && IsAttached)
        {
            // HTTP/1 tells a body's end by itself.
            Take(TakeScratch(), 0, true);
        }
    }

    internal override void OnTrailers()
    {
        if ((isRequest ? Stream.RequestTrailers : Stream.ResponseTrailers).Count == 0)
        {
            OnData(TakeScratch(), 0, true);
            return;
        }
        HasSeen = HasEnded = HasTrailers = true;
        session.OnTrailers();
        if (session.Wait == LuaWait.Call)
        {
            _heldTrailers = true;
        }
        else if (IsAttached)
        {
            ForwardTrailers();
        }
    }

    /// <summary>The script has no call under way any more: what came meanwhile goes on.</summary>
    public void Release()
    {
        if (!IsAttached)
        {
            return;
        }
        if (_isPaused)
        {
            _isPaused = false;
            Pause(false);
        }
        if (_held is { } held && (!held.IsEmpty || _heldEnd))
        {
            var end = _heldEnd;
            _heldEnd = false;
            Forward(held, held.Length, end);
        }
        if (_heldTrailers && IsAttached)
        {
            _heldTrailers = false;
            ForwardTrailers();
        }
    }

    protected override void OnDetached()
    {
        _held?.Clear();
        _held = null;
    }

    private void Take(BufferChain data, int length, bool end)
    {
        HasSeen = true;
        HasEnded |= end;
        if (session.Wait != LuaWait.Call && session.OnPiece(data, length, end) is { } changed)
        {
            data.Consume(length);
            if (!IsAttached)
            {
                return;
            }
            data = TakeScratch();
            data.Append(changed);
            length = changed.Length;
        }
        if (session.Wait == LuaWait.Call && IsAttached)
        {
            Hold(data, length, end);
        }
        else if (length > 0 || end)
        {
            Forward(data, length, end);
        }
    }

    private void Hold(BufferChain data, int length, bool end)
    {
        _held ??= new BufferChain(Stream.Worker.Loop.Buffers);
        data.MoveTo(_held, length);
        _heldEnd |= end;
        if (_held.Length > HeldBytesMax && !_isPaused)
        {
            _isPaused = true;
            Pause(true);
        }
    }
}
