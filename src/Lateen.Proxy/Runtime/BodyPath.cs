using Lateen.Net;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// The way of a body through the filters of a stream, in one direction: stages in the order in which the bytes meet
/// them, and what is held where the way ends while a filter keeps the headers back. Part of the stream, reused.
/// </summary>
internal sealed class BodyPath
{
    private readonly List<BodyStage> _stages = [];
    private readonly List<BufferChain> _scratch = [];
    private readonly BufferChain _moving;
    private readonly bool _isRequest;
    private int _heldPassed;

    internal BodyPath(HttpStream stream, bool isRequest)
    {
        Stream = stream;
        _isRequest = isRequest;
        var buffers = stream.Worker.Loop.Buffers;
        Held = new BufferChain(buffers);
        _moving = new BufferChain(buffers);
    }

    internal HttpStream Stream { get; }

    /// <summary>Bytes that have passed all stages and wait for the headers to go on.</summary>
    internal BufferChain Held { get; }

    internal bool HasStages => _stages.Count > 0;

    /// <summary>The body's end has reached the end of the way, or what is held there.</summary>
    internal BodyEnd End { get; set; }

    internal void Add(BodyStage stage)
    {
        _stages.Add(stage);
        stage.Attach(this, _stages.Count - 1);
    }

    /// <summary>Bytes go on from the stage of a number.</summary>
    internal void Push(int stage, BufferChain data, int length, bool end)
    {
        if (stage < _stages.Count)
        {
            _stages[stage].OnData(data, length, end);
        }
        else if (_isRequest)
        {
            Stream.OnRequestPassed(data, length, end);
        }
        else
        {
            Stream.OnResponsePassed(data, length, end);
        }
    }

    internal void PushTrailers(int stage)
    {
        if (stage < _stages.Count)
        {
            _stages[stage].OnTrailers();
        }
        else if (_isRequest)
        {
            Stream.OnRequestTrailersPassed();
        }
        else
        {
            Stream.OnResponseTrailersPassed();
        }
    }

    /// <summary>What is held goes through the stages that have been added since it came.</summary>
    internal void Advance()
    {
        var from = _heldPassed;
        _heldPassed = _stages.Count;
        if (from == _heldPassed || (Held.IsEmpty && End == BodyEnd.None))
        {
            return;
        }
        Held.MoveTo(_moving, Held.Length);
        var end = End;
        End = BodyEnd.None;
        if (!_moving.IsEmpty || end == BodyEnd.Data)
        {
            Push(from, _moving, _moving.Length, end == BodyEnd.Data);
        }
        if (end == BodyEnd.Trailers)
        {
            PushTrailers(from);
        }
    }

    internal BufferChain Scratch(int stage)
    {
        while (_scratch.Count <= stage)
        {
            _scratch.Add(new BufferChain(Stream.Worker.Loop.Buffers));
        }
        return _scratch[stage];
    }

    internal void Pause(bool pause)
    {
        if (_isRequest)
        {
            Stream.PauseRequest(pause);
        }
        else
        {
            Stream.Router.PauseResponse(pause);
        }
    }

    /// <summary>Forgets stages and what they keep; what is held stays.</summary>
    internal void RemoveStages()
    {
        _heldPassed = 0;
        End = BodyEnd.None;
        foreach (var stage in _stages)
        {
            stage.Detach();
        }
        _stages.Clear();
    }

    internal void Clear()
    {
        Held.Clear();
        if (_stages.Count > 0)
        {
            RemoveStages();
            _moving.Clear();
            foreach (var chain in _scratch)
            {
                chain.Clear();
            }
        }
        _heldPassed = 0;
        End = BodyEnd.None;
    }
}
