namespace Lateen.Http.Http2;

/// <content>Frames in.</content>
public sealed partial class Http2Session
{
    private ReadState _state;
    private Http2Error _pendingFlood;
    private bool _sawSettings;
    private bool _beginReported;
    private int _dataLeft;
    private int _skipLeft;
    private int _paddingLeft;
    private int _dataOverhead;
    private bool _dataEnds;
    private Http2Stream? _dataStream;
    private int _emptyFrames;
    private long _priorityFrames;
    private long _windowUpdates;

    private enum ReadState : byte
    {
        Preface,
        Frame,
        Data,
        Skip,
        Failed,
    }

    /// <summary>
    /// Goes on in the input until something has to be told. The caller drops <paramref name="consumed"/> bytes, and
    /// after <see cref="Http2Event.Data"/> also the data. Call it again until it gives
    /// <see cref="Http2Event.NeedMore"/> or <see cref="Http2Event.ConnectionError"/>.
    /// </summary>
    public Http2Event Read(ReadOnlySpan<byte> data, out int consumed)
    {
        consumed = 0;
        while (true)
        {
            if (_pendingFlood != Http2Error.None && _state != ReadState.Failed)
            {
                return Fail(_pendingFlood);
            }

            var rest = data[consumed..];
            Http2Event? happened;
            int used;
            switch (_state)
            {
                case ReadState.Failed:
                    return Http2Event.ConnectionError;
                case ReadState.Preface:
                    happened = ReadPreface(rest, out used);
                    break;
                case ReadState.Data:
                    happened = ReadData(rest, out used);
                    break;
                case ReadState.Skip:
                    happened = Skip(rest, out used);
                    break;
                default:
                    happened = ReadFrame(rest, out used);
                    break;
            }

            consumed += used;
            if (happened is { } known)
            {
                return known;
            }
        }
    }

    private Http2Event Need(int bytes)
    {
        BytesWanted = bytes;
        if (_state != ReadState.Preface)
        {
            WidenOnce();
        }

        return Http2Event.NeedMore;
    }

    private Http2Event? ReadPreface(ReadOnlySpan<byte> data, out int used)
    {
        used = 0;
        var shared = Math.Min(data.Length, Preface.Length);
        if (!data[..shared].SequenceEqual(Preface[..shared]))
        {
            return Fail(Http2Error.Preface);
        }

        if (shared < Preface.Length)
        {
            return Need(Preface.Length);
        }

        used = Preface.Length;
        _state = ReadState.Frame;
        return null;
    }

    private Http2Event? ReadFrame(ReadOnlySpan<byte> data, out int used)
    {
        used = 0;
        if (_isServer && IsGoAwayReceived && _streams.Count == 0)
        {
            // The client is through: as in Envoy, nothing is read or answered any more.
            used = data.Length;
            return Need(Http2FrameHeader.Bytes);
        }

        if (data.Length < Http2FrameHeader.Bytes)
        {
            return Need(Http2FrameHeader.Bytes);
        }

        var frame = Http2FrameHeader.Read(data);
        if (frame.Length > Http2Limits.FrameBytesMax)
        {
            return Fail(Http2Error.FrameSize);
        }

        if (_blockStreamId != 0 && (frame.Type != Http2FrameType.Continuation || frame.StreamId != _blockStreamId))
        {
            return Fail(Http2Error.Frame, _blockStream);
        }

        if (!_sawSettings && (frame.Type != Http2FrameType.Settings || frame.Has(Http2FrameHeader.Ack)))
        {
            return Fail(Http2Error.Frame);
        }

        if (frame.Type == Http2FrameType.Data)
        {
            return BeginData(frame, data, out used);
        }

        if (frame.Type > Http2FrameType.Continuation)
        {
            used = Http2FrameHeader.Bytes;
            _skipLeft = frame.Length;
            _state = ReadState.Skip;
            return null;
        }

        var whole = Http2FrameHeader.Bytes + frame.Length;
        if (data.Length < whole)
        {
            return Need(whole);
        }

        used = whole;
        var happened = OnFrame(frame, data[Http2FrameHeader.Bytes..whole]);
        if (happened == Http2Event.StreamBegun)
        {
            // The same frame again, once its owner has given a map.
            used = 0;
        }

        return happened;
    }

    private Http2Event? OnFrame(in Http2FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        switch (frame.Type)
        {
            case Http2FrameType.Headers:
                return OnHeaders(frame, payload);
            case Http2FrameType.Continuation:
                return OnContinuation(frame, payload);
            case Http2FrameType.RstStream:
                return OnReset(frame, payload);
            case Http2FrameType.Settings:
                return OnSettings(frame, payload);
            case Http2FrameType.Ping:
                return OnPing(frame, payload);
            case Http2FrameType.GoAway:
                return OnGoAway(frame, payload);
            case Http2FrameType.WindowUpdate:
                return OnWindowUpdate(frame, payload);
            case Http2FrameType.Priority:
                return OnPriority(frame, payload);
            default:
                return Fail(Http2Error.Session, Find(frame.StreamId));
        }
    }

    private Http2Event? BeginData(in Http2FrameHeader frame, ReadOnlySpan<byte> data, out int used)
    {
        used = 0;
        var head = Http2FrameHeader.Bytes + (frame.Has(Http2FrameHeader.Padded) ? 1 : 0);
        var isIdle = _isServer ? frame.StreamId > _highestPeerStreamId : frame.StreamId >= _nextStreamId;
        if (frame.StreamId == 0 || isIdle || (frame.StreamId & 1) == 0)
        {
            return Fail(Http2Error.Frame);
        }

        if (data.Length < head && frame.Length > 0)
        {
            return Need(head);
        }

        var padding = frame.Has(Http2FrameHeader.Padded) && frame.Length > 0 ? data[Http2FrameHeader.Bytes] : 0;
        var overhead = head - Http2FrameHeader.Bytes;
        if (padding + overhead > frame.Length)
        {
            return Fail(Http2Error.Frame, Find(frame.StreamId));
        }

        used = head;
        var length = frame.Length - overhead - padding;
        var ends = frame.Has(Http2FrameHeader.EndStream);
        if (IsEmptyFlood(length, ends))
        {
            return Fail(Http2Error.EmptyFramesFlood, Find(frame.StreamId));
        }

        _receiveWindow -= frame.Length;
        if (_receiveWindow < 0)
        {
            return Fail(Http2Error.FlowControl);
        }

        var stream = Find(frame.StreamId);
        CreditConnection(stream is null ? frame.Length : overhead + padding);
        if (stream is null)
        {
            // A frame that was on its way when the stream ended.
            _skipLeft = length + padding;
            _state = ReadState.Skip;
            return null;
        }

        return AcceptData(stream, frame.Length, length, padding, ends);
    }

    private Http2Event? AcceptData(Http2Stream stream, int frameLength, int length, int padding, bool ends)
    {
        if (stream.IsRemoteEnded)
        {
            return Fail(Http2Error.StreamClosed, stream);
        }

        if (!stream.IsHeadSeen)
        {
            // A response's body before its headers.
            return Fail(Http2Error.Session, stream);
        }

        stream.ReceiveWindow -= frameLength;
        if (stream.ReceiveWindow < 0)
        {
            return Fail(Http2Error.FlowControl, stream);
        }

        if (stream.BytesExpected >= 0)
        {
            stream.BytesExpected -= length;
            if (stream.BytesExpected < 0 || (ends && stream.BytesExpected > 0))
            {
                CreditConnection(length);
                _skipLeft = length + padding;
                _state = ReadState.Skip;
                return FailStream(stream, Http2Error.ContentLength);
            }
        }

        stream.Credit += frameLength - length;
        _dataStream = stream;
        _dataLeft = length;
        _paddingLeft = padding;
        _dataEnds = ends;
        _dataOverhead = Http2FrameHeader.Bytes + frameLength - length;
        _state = ReadState.Data;
        return null;
    }

    /// <summary>One piece of a DATA frame: as much as is there.</summary>
    private Http2Event? ReadData(ReadOnlySpan<byte> data, out int used)
    {
        used = 0;
        if (_dataStream is not { } stream)
        {
            // Reset from here in the middle of a frame.
            CreditConnection(_dataLeft);
            _skipLeft = _dataLeft + _paddingLeft;
            _state = ReadState.Skip;
            return null;
        }

        if (_dataLeft > 0 && data.IsEmpty)
        {
            return Need(1);
        }

        DataLength = Math.Min(_dataLeft, data.Length);
        (DataOverheadBytes, _dataOverhead) = (_dataOverhead, 0);
        _dataLeft -= DataLength;
        EndStream = false;
        if (_dataLeft == 0)
        {
            _skipLeft = _paddingLeft;
            _state = ReadState.Skip;
            EndStream = _dataEnds;
            if (_dataEnds)
            {
                stream.IsRemoteEnded = true;
                CloseIfEnded(stream);
            }
            else if (DataLength == 0)
            {
                return null;
            }
        }

        Stream = stream;
        return Http2Event.Data;
    }

    private Http2Event? Skip(ReadOnlySpan<byte> data, out int used)
    {
        used = Math.Min(_skipLeft, data.Length);
        _skipLeft -= used;
        if (_skipLeft > 0)
        {
            return Need(1);
        }

        _state = ReadState.Frame;
        return null;
    }

    /// <summary>Frames that carry nothing cost their receiver more than their sender.</summary>
    private bool IsEmptyFlood(int length, bool ends)
    {
        if (length > 0 || ends)
        {
            _emptyFrames = 0;
            return false;
        }

        return ++_emptyFrames > _limits.ConsecutiveEmptyFramesMax;
    }
}
