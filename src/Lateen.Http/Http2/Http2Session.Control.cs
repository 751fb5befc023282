using System.Buffers.Binary;

namespace Lateen.Http.Http2;

/// <content>Frames that are about the connection or a stream's state.</content>
public sealed partial class Http2Session
{
    private const int PingBytes = 8;

    /// <summary>WINDOW_UPDATE frames that are always allowed: some clients widen their windows at the start.</summary>
    private const int WindowUpdatesInitial = 5;

    private bool _settingsAcknowledged;

    private Http2Event? OnReset(in Http2FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 4)
        {
            return Fail(Http2Error.FrameSize, Find(frame.StreamId));
        }

        if (frame.StreamId == 0 || IsIdle(frame.StreamId))
        {
            return Fail(Http2Error.Session);
        }

        if (Find(frame.StreamId) is not { } stream)
        {
            return null;
        }

        _owner.Count(Http2Stat.RxReset, 1);
        ErrorCode = (Http2ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload);
        Stream = stream;
        Close(stream);
        return Http2Event.StreamReset;
    }

    private Http2Event? OnSettings(in Http2FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (frame.StreamId != 0)
        {
            return Fail(Http2Error.Session);
        }

        if (frame.Has(Http2FrameHeader.Ack))
        {
            if (payload.Length > 0)
            {
                return Fail(Http2Error.FrameSize);
            }

            if (_settingsAcknowledged)
            {
                // Settings go out once, so there is nothing to acknowledge again.
                return Fail(Http2Error.Session);
            }

            _settingsAcknowledged = true;
            _decoder.SetTableSizeLimit(_limits.HeaderTableSize);
            return null;
        }

        if (payload.Length % SettingBytes != 0)
        {
            return Fail(Http2Error.FrameSize);
        }

        for (; !payload.IsEmpty; payload = payload[SettingBytes..])
        {
            var setting = (Http2Setting)BinaryPrimitives.ReadUInt16BigEndian(payload);
            if (!TryApply(setting, BinaryPrimitives.ReadUInt32BigEndian(payload[2..])))
            {
                return Fail(Http2Error.Session);
            }
        }

        WriteFrame(Http2FrameType.Settings, Http2FrameHeader.Ack, 0, default, true);
        WidenOnce();
        _sawSettings = true;
        IsEstablished = true;
        Stream = null;
        return Http2Event.Settings;
    }

    private bool TryApply(Http2Setting setting, uint value)
    {
        switch (setting)
        {
            case Http2Setting.HeaderTableSize:
                _encoder.SetPeerTableSize(value);
                return true;
            case Http2Setting.EnablePush:
                return value == 0 || (value == 1 && _isServer);
            case Http2Setting.MaxConcurrentStreams:
                PeerStreamsMax = (int)Math.Min(value, int.MaxValue);
                return true;
            case Http2Setting.InitialWindowSize:
                return value <= Http2Limits.WindowMax && TrySetInitialWindow(value);
            case Http2Setting.MaxFrameSize:
                PeerFrameBytesMax = (int)Math.Min(value, 1 << 20);
                return value is >= Http2Limits.FrameBytesMax and <= (1 << 24) - 1;
            case Http2Setting.EnableConnectProtocol:
                PeerAllowsConnect = value == 1;
                return value <= 1;
            default:
                return true;
        }
    }

    /// <summary>The difference goes to all open streams, whose windows may fall below zero (RFC 9113 §6.9.2).</summary>
    private bool TrySetInitialWindow(long value)
    {
        var delta = value - _peerInitialWindow;
        _peerInitialWindow = value;
        foreach (var (_, stream) in _streams)
        {
            stream.SendWindow += delta;
            if (stream.SendWindow > Http2Limits.WindowMax)
            {
                return false;
            }
        }

        return true;
    }

    private Http2Event? OnPing(in Http2FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != PingBytes)
        {
            return Fail(Http2Error.FrameSize);
        }

        if (frame.StreamId != 0)
        {
            return Fail(Http2Error.Session);
        }

        if (frame.Has(Http2FrameHeader.Ack))
        {
            return Http2Event.PingAck;
        }

        WriteFrame(Http2FrameType.Ping, Http2FrameHeader.Ack, 0, payload, true);
        return null;
    }

    private Http2Event? OnGoAway(in Http2FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (payload.Length < GoAwayBytes)
        {
            return Fail(Http2Error.FrameSize);
        }

        if (frame.StreamId != 0)
        {
            return Fail(Http2Error.Session);
        }

        IsGoAwayReceived = true;
        GoAwayStreamId = (int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7FFF_FFFF);
        ErrorCode = (Http2ErrorCode)BinaryPrimitives.ReadUInt32BigEndian(payload[4..]);
        Stream = null;
        return Http2Event.GoAway;
    }

    private Http2Event? OnWindowUpdate(in Http2FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != 4)
        {
            return Fail(Http2Error.FrameSize);
        }

        _windowUpdates++;
        var allowed = WindowUpdatesInitial
            + (2 * (StreamsOpened + (_nextStreamId / 2) + (_limits.WindowUpdatesPerDataFrameMax * _dataFramesSent)));
        if (_windowUpdates > allowed)
        {
            return Fail(Http2Error.WindowUpdateFlood);
        }

        var increment = (int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7FFF_FFFF);
        var stream = Find(frame.StreamId);
        if (increment == 0 && frame.StreamId != 0 && stream is null && !IsIdle(frame.StreamId))
        {
            // The stream is over.
            return null;
        }

        if (increment == 0 || (frame.StreamId != 0 && IsIdle(frame.StreamId)))
        {
            return Fail(Http2Error.Session, stream);
        }

        Stream = stream;
        if (frame.StreamId == 0)
        {
            _sendWindow += increment;
            return _sendWindow > Http2Limits.WindowMax ? Fail(Http2Error.Session) : Http2Event.WindowOpened;
        }

        if (stream is null)
        {
            return null;
        }

        stream.SendWindow += increment;
        return stream.SendWindow > Http2Limits.WindowMax
            ? Fail(Http2Error.Session, stream)
            : Http2Event.WindowOpened;
    }

    private Http2Event? OnPriority(in Http2FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != PriorityBytes)
        {
            return Fail(Http2Error.FrameSize, Find(frame.StreamId));
        }

        return ++_priorityFrames > (long)_limits.PriorityFramesPerStreamMax * (1 + StreamsOpened)
            ? Fail(Http2Error.PriorityFlood)
            : null;
    }

    /// <summary>No frame has opened it yet.</summary>
    private bool IsIdle(int id)
    {
        var isOwn = (id & 1) == (_isServer ? 0 : 1);
        return isOwn ? _isServer || id >= _nextStreamId : !_isServer || id > _highestPeerStreamId;
    }
}
