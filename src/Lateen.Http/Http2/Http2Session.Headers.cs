using System.Buffers.Binary;

namespace Lateen.Http.Http2;

/// <content>Header blocks in.</content>
public sealed partial class Http2Session
{
    private const int PriorityBytes = 5;

    private readonly Http2HeaderBlock _block = new();
    private Http2HeaderBlock _sink = null!;
    private byte[] _carry = [];
    private int _carryLength;
    private int _blockStreamId;

    /// <summary>Bytes of the frames that the last header block came in.</summary>
    public int HeaderBytes { get; private set; }

    private Http2Stream? _blockStream;
    private bool _blockEnds;
    private bool _blockRefused;
    private bool _blockIsTrailers;

    private Http2Event? OnHeaders(in Http2FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (!TryTrim(frame, ref payload))
        {
            return Fail(Http2Error.Frame, Find(frame.StreamId));
        }

        var stream = Find(frame.StreamId);
        if (!_beginReported)
        {
            var failure = CheckHeaders(frame, stream);
            if (failure != Http2Error.None)
            {
                return Fail(failure, stream);
            }

            if (stream is null && TryAccept(frame.StreamId))
            {
                Stream = Number(Rent(), frame.StreamId);
                _beginReported = true;
                return Http2Event.StreamBegun;
            }

            if (_isServer && stream is not null)
            {
                _owner.Count(Http2Stat.Trailers, 1);
            }
        }

        if (IsEmptyFlood(payload.Length, frame.Has(Http2FrameHeader.EndStream)))
        {
            return Fail(Http2Error.EmptyFramesFlood, stream);
        }

        _beginReported = false;
        HeaderBytes = frame.Length + Http2FrameHeader.Bytes;
        _blockStream = stream;
        _blockEnds = frame.Has(Http2FrameHeader.EndStream);
        _blockIsTrailers = stream is { IsHeadSeen: true };
        var kind = _blockIsTrailers ? Http2BlockKind.Trailers
            : _isServer ? Http2BlockKind.Request : Http2BlockKind.Response;
        var map = _blockIsTrailers ? stream!.Trailers : stream?.Headers;
        map?.Clear();
        _block.Begin(map, kind, _limits);
        _sink = _block;
        _decoder.BeginBlock();
        _carryLength = 0;
        return OnFragment(payload, frame);
    }

    private Http2Event? OnContinuation(in Http2FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (_blockStreamId == 0)
        {
            return Fail(Http2Error.Frame);
        }

        HeaderBytes += frame.Length + Http2FrameHeader.Bytes;
        return IsEmptyFlood(payload.Length, false)
            ? Fail(Http2Error.EmptyFramesFlood, _blockStream)
            : OnFragment(payload, frame);
    }

    /// <summary>Takes padding and priority off (RFC 9113 §6.2).</summary>
    private static bool TryTrim(in Http2FrameHeader frame, ref ReadOnlySpan<byte> payload)
    {
        if (frame.Has(Http2FrameHeader.Padded))
        {
            if (payload.IsEmpty || payload[0] >= payload.Length)
            {
                return false;
            }

            payload = payload[1..^payload[0]];
        }

        if (!frame.Has(Http2FrameHeader.Priority))
        {
            return true;
        }

        // A stream cannot depend on itself; nothing else of the priority is looked at.
        if (payload.Length < PriorityBytes
            || (BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7FFF_FFFF) == (uint)frame.StreamId)
        {
            return false;
        }

        payload = payload[PriorityBytes..];
        return true;
    }

    private Http2Error CheckHeaders(in Http2FrameHeader frame, Http2Stream? stream)
    {
        var id = frame.StreamId;
        if (id == 0 || (id & 1) == 0)
        {
            return Http2Error.Session;
        }

        if (!_isServer && id >= _nextStreamId)
        {
            return Http2Error.Frame;
        }

        return stream is { IsRemoteEnded: true } ? Http2Error.StreamClosed : Http2Error.None;
    }

    /// <summary>Whether the peer opens a stream by this frame. A block on a stream that is over, or that is not taken,
    /// is decoded and dropped.</summary>
    private bool TryAccept(int id)
    {
        _blockRefused = false;
        if (!_isServer || id <= _lastPeerStreamId)
        {
            return false;
        }

        // What it opens before it has read the GOAWAY is dropped, and so is what follows on such a stream
        // (RFC 9113 §6.8): it is not idle.
        _highestPeerStreamId = Math.Max(_highestPeerStreamId, id);
        if (id > _goAwayLast)
        {
            return false;
        }

        _lastPeerStreamId = id;
        if (_streams.Count >= _limits.MaxConcurrentStreams)
        {
            _blockRefused = true;
            return false;
        }

        StreamsOpened++;
        return true;
    }

    private Http2Event? OnFragment(ReadOnlySpan<byte> fragment, in Http2FrameHeader frame)
    {
        var isLast = frame.Has(Http2FrameHeader.EndHeaders);
        var data = fragment;
        if (_carryLength > 0)
        {
            Carry(fragment);
            data = _carry.AsSpan(0, _carryLength);
        }

        if (!_decoder.TryDecode(data, isLast, ref _sink, out var consumed))
        {
            return Fail(Http2Error.Compression, _blockStream);
        }

        if (!isLast)
        {
            _blockStreamId = frame.StreamId;
            return KeepRest(data[consumed..]);
        }

        _blockStreamId = 0;
        _carryLength = 0;
        return FinishBlock(frame.StreamId);
    }

    /// <summary>A field that is cut by the frames' border waits for its rest.</summary>
    private Http2Event? KeepRest(ReadOnlySpan<byte> rest)
    {
        // Someone who goes on and on is not waited for until the end of the block.
        if (_block.IsTooLarge || rest.Length > _limits.HeaderBytesMax)
        {
            if (_block.Error != Http2Error.TooManyHeaders)
            {
                _owner.Count(Http2Stat.HeaderOverflow, 1);
            }

            return Fail(_block.Error != Http2Error.None ? _block.Error : Http2Error.HeadersTooLarge, _blockStream);
        }

        if (_carryLength > 0)
        {
            rest.CopyTo(_carry);
            _carryLength = rest.Length;
        }
        else
        {
            Carry(rest);
        }

        return null;
    }

    private void Carry(ReadOnlySpan<byte> more)
    {
        if (_carry.Length < _carryLength + more.Length)
        {
            Array.Resize(ref _carry, Math.Max(1024, (_carryLength + more.Length) * 2));
        }

        more.CopyTo(_carry.AsSpan(_carryLength));
        _carryLength += more.Length;
    }

    private Http2Event? FinishBlock(int id)
    {
        var stream = _blockStream;
        _blockStream = null;
        if (_carry.Length > ScratchRetainedMax)
        {
            _carry = [];
        }

        if (stream is null)
        {
            if (_blockRefused)
            {
                _blockRefused = false;
                _owner.Count(Http2Stat.StreamRefusedErrors, 1);
                WriteReset(id, Http2ErrorCode.RefusedStream);
            }

            return null;
        }

        if (_block.Dropped > 0 && _limits.Underscores == Http2Underscores.Drop)
        {
            _owner.Count(Http2Stat.DroppedHeadersWithUnderscores, _block.Dropped);
        }

        var error = _block.Finish(_blockEnds);
        return error == Http2Error.None ? OnMessage(stream) : OnInvalidMessage(stream, error);
    }

    private Http2Event? OnInvalidMessage(Http2Stream stream, Http2Error error)
    {
        var isMessaging = error is Http2Error.InvalidField or Http2Error.Messaging;
        return isMessaging && !_limits.StreamErrorOnInvalidMessage
            ? Fail(error, stream)
            : FailStream(stream, error);
    }

    private Http2Event? OnMessage(Http2Stream stream)
    {
        Stream = stream;
        EndStream = _blockEnds;
        if (_blockIsTrailers)
        {
            if (stream.BytesExpected > 0)
            {
                return FailStream(stream, Http2Error.ContentLength);
            }

            stream.IsRemoteEnded = true;
            CloseIfEnded(stream);
            return Http2Event.Trailers;
        }

        Status = _block.Status;
        if (!_isServer && Status < 200)
        {
            return Http2Event.Headers;
        }

        stream.IsHeadSeen = true;
        stream.BytesExpected = BodyLength(stream);
        if (_blockEnds)
        {
            if (stream.BytesExpected > 0 && !stream.IsHead && Status != 304)
            {
                return _isServer
                    ? OnInvalidMessage(stream, Http2Error.Messaging)
                    : FailStream(stream, Http2Error.ContentLength);
            }

            stream.IsRemoteEnded = true;
            CloseIfEnded(stream);
        }

        return Http2Event.Headers;
    }

    private long BodyLength(Http2Stream stream)
    {
        if (_isServer)
        {
            return _block.ContentLength;
        }

        if (stream.IsConnect && Status is >= 200 and < 300)
        {
            return -1;
        }

        return stream.IsHead || Status is 204 or 304 ? 0 : _block.ContentLength;
    }
}
