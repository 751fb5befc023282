using System.Buffers.Binary;
using Lateen.Http.Hpack;

namespace Lateen.Http.Http2;

/// <content>Frames out.</content>
public sealed partial class Http2Session
{
    private const int SettingBytes = 6;
    private const int GoAwayBytes = 8;
    private const int SettingsCountMax = 5;

    private byte[] _scratch = [];
    private long _dataFramesSent;
    private bool _isWidened;

    /// <summary>Writes this side's preface: the settings and, for a client, what comes around them.</summary>
    public void Start()
    {
        Span<byte> settings = stackalloc byte[SettingBytes * SettingsCountMax];
        var length = 0;
        if (!_isServer)
        {
            Preface.CopyTo(_owner.GetSpace(Preface.Length));
            Commit(Preface.Length);
            PutSetting(settings, ref length, Http2Setting.EnablePush, 0);
        }

        PutSetting(settings, ref length, Http2Setting.HeaderTableSize, _limits.HeaderTableSize);
        PutSetting(settings, ref length, Http2Setting.EnableConnectProtocol, _limits.AllowConnect ? 1 : 0);
        PutSetting(settings, ref length, Http2Setting.MaxConcurrentStreams, _limits.MaxConcurrentStreams);
        PutSetting(settings, ref length, Http2Setting.InitialWindowSize, _limits.InitialStreamWindow);
        WriteFrame(Http2FrameType.Settings, 0, 0, settings[..length], true);
        if (!_isServer)
        {
            WidenOnce();
        }
    }

    /// <summary>Bytes of a body that can be sent on the stream now.</summary>
    public int SendableBytes(Http2Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return (int)Math.Max(0, Math.Min(_sendWindow, stream.SendWindow));
    }

    /// <summary>Writes headers (or an interim response), in several frames when they are long.</summary>
    public void WriteHeaders(Http2Stream stream, HeaderMap headers, bool endStream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (stream.IsClosed || stream.IsLocalEnded)
        {
            return;
        }

        if (stream.Id == 0)
        {
            Number(stream, _nextStreamId);
            _nextStreamId += 2;
        }

        var bound = HpackEncoder.BytesMax(headers);
        if (bound <= Http2Limits.FrameBytesMax)
        {
            var space = _owner.GetSpace(Http2FrameHeader.Bytes + bound);
            var length = _encoder.Encode(headers, space[Http2FrameHeader.Bytes..]);
            var flags = (byte)(Http2FrameHeader.EndHeaders | (endStream ? Http2FrameHeader.EndStream : 0));
            Http2FrameHeader.Write(space, length, Http2FrameType.Headers, flags, stream.Id);
            Commit(Http2FrameHeader.Bytes + length);
            Meter(false);
        }
        else
        {
            WriteLongBlock(stream, headers, bound, endStream);
        }

        if (endStream)
        {
            EndLocal(stream);
        }
    }

    /// <summary>
    /// Writes the header of a DATA frame; the caller appends <paramref name="length"/> bytes at once, no more than
    /// <see cref="SendableBytes"/> and <see cref="PeerFrameBytesMax"/>, and reports them to
    /// <see cref="OnDataAppended"/>.
    /// </summary>
    public void WriteDataHeader(Http2Stream stream, int length, bool endStream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var space = _owner.GetSpace(Http2FrameHeader.Bytes);
        var flags = endStream ? Http2FrameHeader.EndStream : (byte)0;
        Http2FrameHeader.Write(space, length, Http2FrameType.Data, flags, stream.Id);
        Commit(Http2FrameHeader.Bytes);
        stream.SendWindow -= length;
        _sendWindow -= length;
        _dataFramesSent++;
        _written += length;
        if (endStream)
        {
            EndLocal(stream);
        }
    }

    /// <summary>The bytes of a DATA frame are in the output.</summary>
    public void OnDataAppended() => Meter(false);

    /// <summary>Ends a stream before its time. Nothing is written for one that is closed already, or of which the peer
    /// has seen nothing.</summary>
    public void ResetStream(Http2Stream stream, Http2ErrorCode code)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (stream.IsClosed)
        {
            return;
        }

        if (stream.Id > 0)
        {
            WriteReset(stream.Id, code);
        }

        Close(stream);
    }

    /// <summary>Tells the peer that streams above <paramref name="lastStreamId"/> are not taken.</summary>
    public void WriteGoAway(int lastStreamId, Http2ErrorCode code)
    {
        Span<byte> payload = stackalloc byte[GoAwayBytes];
        BinaryPrimitives.WriteInt32BigEndian(payload, lastStreamId);
        BinaryPrimitives.WriteUInt32BigEndian(payload[4..], (uint)code);
        if (lastStreamId != int.MaxValue)
        {
            _goAwayLast = lastStreamId;
            _owner.Count(Http2Stat.GoawaySent, code == Http2ErrorCode.NoError ? 1 : 0);
        }

        WriteFrame(Http2FrameType.GoAway, 0, 0, payload, false);
    }

    /// <summary>Asks the peer for a sign of life.</summary>
    public void WritePing(long value)
    {
        Span<byte> payload = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(payload, value);
        WriteFrame(Http2FrameType.Ping, 0, 0, payload, true);
    }

    /// <summary>Body bytes have been taken care of: the peer may send as many again. Told once half a window has
    /// gathered.</summary>
    public void Consumed(Http2Stream stream, int length)
    {
        ArgumentNullException.ThrowIfNull(stream);
        CreditConnection(length);
        if (stream.IsClosed || stream.IsRemoteEnded)
        {
            return;
        }

        stream.Credit += length;
        if (stream.Credit > 0 && stream.Credit >= _limits.InitialStreamWindow / 2)
        {
            stream.ReceiveWindow += stream.Credit;
            WriteWindowUpdate(stream.Id, stream.Credit);
            stream.Credit = 0;
        }
    }

    private void CreditConnection(int length)
    {
        _credit += length;
        if (_credit > 0 && _credit >= Math.Max(_limits.InitialConnectionWindow, Http2Limits.DefaultWindow) / 2)
        {
            _receiveWindow += _credit;
            WriteWindowUpdate(0, _credit);
            _credit = 0;
        }
    }

    /// <summary>A server widens its window once it has read what came first, behind the acknowledgement of settings if
    /// there were any.</summary>
    private void WidenOnce()
    {
        if (_isWidened)
        {
            return;
        }

        _isWidened = true;
        var increment = _limits.InitialConnectionWindow - Http2Limits.DefaultWindow;
        if (increment > 0)
        {
            WriteWindowUpdate(0, increment);
        }
    }

    private void WriteLongBlock(Http2Stream stream, HeaderMap headers, int bound, bool endStream)
    {
        if (_scratch.Length < bound)
        {
            _scratch = new byte[bound];
        }

        var block = _scratch.AsSpan(0, _encoder.Encode(headers, _scratch));
        var type = Http2FrameType.Headers;
        var flags = endStream ? Http2FrameHeader.EndStream : (byte)0;
        while (type == Http2FrameType.Headers || !block.IsEmpty)
        {
            var piece = block[..Math.Min(block.Length, Http2Limits.FrameBytesMax)];
            block = block[piece.Length..];
            WriteFrame(type, block.IsEmpty ? (byte)(flags | Http2FrameHeader.EndHeaders) : flags, stream.Id, piece,
                false);
            (type, flags) = (Http2FrameType.Continuation, 0);
        }

        if (_scratch.Length > ScratchRetainedMax)
        {
            _scratch = [];
        }
    }

    private void EndLocal(Http2Stream stream)
    {
        stream.IsLocalEnded = true;
        CloseIfEnded(stream);
    }

    private void WriteReset(int streamId, Http2ErrorCode code)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(payload, (uint)code);
        _owner.Count(Http2Stat.TxReset, 1);
        WriteFrame(Http2FrameType.RstStream, 0, streamId, payload, true);
    }

    private void WriteWindowUpdate(int streamId, int increment)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, increment);
        WriteFrame(Http2FrameType.WindowUpdate, 0, streamId, payload, false);
    }

    private void WriteFrame(
        Http2FrameType type, byte flags, int streamId, ReadOnlySpan<byte> payload, bool isControl)
    {
        var space = _owner.GetSpace(Http2FrameHeader.Bytes + payload.Length);
        Http2FrameHeader.Write(space, payload.Length, type, flags, streamId);
        payload.CopyTo(space[Http2FrameHeader.Bytes..]);
        Commit(Http2FrameHeader.Bytes + payload.Length);
        Meter(isControl);
    }

    private void Commit(int length)
    {
        _owner.Commit(length);
        _written += length;
    }

    /// <summary>Counts the frame just written among those that wait.</summary>
    private void Meter(bool isControl)
    {
        var sent = _written - _owner.UnsentBytes;
        if (!_outbound.TryAdd(_written, sent))
        {
            _pendingFlood = Http2Error.OutboundFlood;
        }

        if (isControl && !_outboundControl.TryAdd(_written, sent))
        {
            _pendingFlood = Http2Error.OutboundControlFlood;
        }
    }

    private static void PutSetting(Span<byte> target, ref int length, Http2Setting setting, int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(target[length..], (ushort)setting);
        BinaryPrimitives.WriteInt32BigEndian(target[(length + 2)..], value);
        length += SettingBytes;
    }
}
