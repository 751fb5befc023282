using Lateen.Net;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// One filter's part of a body's way, in either direction. It takes what comes and hands on what is to follow, at once
/// or later. One stream's.
/// </summary>
internal abstract class BodyStage
{
    private BodyPath? _path;
    private int _index;

    protected HttpStream Stream => _path!.Stream;

    /// <summary>The stage belongs to a stream that still lives.</summary>
    protected bool IsAttached => _path is not null;

    internal void Attach(BodyPath path, int index)
    {
        _path = path;
        _index = index;
        OnAttached();
    }

    internal void Detach()
    {
        OnDetached();
        _path = null;
    }

    /// <summary>Takes <paramref name="length"/> bytes from the front of <paramref name="data"/>.</summary>
    internal abstract void OnData(BufferChain data, int length, bool end);

    /// <summary>The body has ended; trailers follow.</summary>
    internal virtual void OnTrailers() => ForwardTrailers();

    protected virtual void OnAttached()
    {
    }

    /// <summary>The stream is over, or its answer is replaced: nothing is handed on any more.</summary>
    protected virtual void OnDetached()
    {
    }

    /// <summary>A chain for this stage's output, empty between calls.</summary>
    protected BufferChain TakeScratch() => _path!.Scratch(_index);

    protected void Forward(BufferChain data, int length, bool end)
    {
        if (_path is { } path)
        {
            path.Push(_index + 1, data, length, end);
        }
        else
        {
            data.Consume(length);
        }
    }

    protected void ForwardTrailers() => _path?.PushTrailers(_index + 1);

    /// <summary>One reason more or less to take no more for the moment.</summary>
    protected void Pause(bool pause) => _path?.Pause(pause);
}
