using System.Buffers.Binary;

namespace Lateen.Net;

/// <content>
/// Records of established sessions of TLS 1.3 are protected here and not by libssl (decision 0470), which does more for
/// each than the cipher itself costs. It makes the handshake, and a client's session until the first data have come, as
/// the server's tickets are for it. Both directions change over at once, where libssl holds no part of a record.
/// </content>
public sealed unsafe partial class TlsSession
{
    /// <summary>Records without data in a row: none of use, so a peer that sends more of them is at fault.</summary>
    private const int EmptyRecordsMax = 32;

    /// <summary>After so many a new key is due, before AES-GCM's limit of 2^24.5 (RFC 8446 section 5.5).</summary>
    private const ulong RecordsPerKeyMax = 1 << 24;

    private const byte AlertCloseNotify = 0;
    private const byte AlertUnexpectedMessage = 10;
    private const byte AlertBadRecordMac = 20;
    private const byte AlertRecordOverflow = 22;
    private const byte AlertIllegalParameter = 47;
    private const byte AlertDecodeError = 50;
    private const byte AlertUserCanceled = 90;
    private const byte MessageTicket = 4;
    private const byte MessageKeyUpdate = 24;
    private const int MessageHeaderBytes = 4;

    /// <summary>Plain bytes of a record that we make: with all that surrounds them they fill a block.</summary>
    private const int RecordDataMax = BufferPool.BlockBytes - TlsRecordKey.OverheadBytes;

    private TlsRecordKey? _reader;
    private byte* _fed;
    private int _fedLength;
    private int _emptyRecords;
    private int _messageBytesLeft;
    private bool _isEnded;
    private bool _owesKeyUpdate;
    private string? _recordFailure;

    /// <summary>libssl has nothing more to do with this session.</summary>
    internal bool OwnsRecords => _reader is not null;

    /// <summary>What seals records, once they are owned.</summary>
    internal TlsRecordKey? Writer { get; private set; }

    /// <summary>The most common end of a read: nothing is left. Otherwise what is left waits in a chain.</summary>
    private void PutRecordsAway()
    {
        MayHoldInput = false;
        if (_fedLength > 0)
        {
            _ahead ??= _loop.Buffers.RentChain();
            _ahead.Append(new ReadOnlySpan<byte>(_fed, _fedLength));
            _fedLength = 0;
        }
    }

    private TlsReadResult ReadRecords(BufferChain target)
    {
        ReleaseLibrary();
        var before = target.Length;
        while (target.Length - before < ReadBytesPerCallMax)
        {
            if (_isEnded)
            {
                return TlsReadResult.Ended;
            }

            if (_recordFailure is not null)
            {
                return TlsReadResult.Failed;
            }

            if (!TryFindRecord(out var record, out var length))
            {
                return _recordFailure is null ? TlsReadResult.NeedMore : TlsReadResult.Failed;
            }

            if (!TryOpen(record, length, target))
            {
                return TlsReadResult.Failed;
            }

            ConsumeRecord(length);
        }

        return TlsReadResult.More;
    }

    /// <summary>The next record, when all of it is there.</summary>
    private bool TryFindRecord(out byte* record, out int length)
    {
        record = _fed;
        length = 0;
        var available = _ahead?.Length ?? _fedLength;
        if (available < TlsRecordKey.HeaderBytes)
        {
            return false;
        }

        if (_ahead is not null)
        {
            fixed (byte* p = _ahead.Coalesce(TlsRecordKey.HeaderBytes))
            {
                record = p;
            }
        }

        int body = BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(record + 3, 2));
        if (record[0] != TlsRecordKey.Data)
        {
            Fail(AlertUnexpectedMessage, TlsErrors.BadRecordType);
            return false;
        }

        if (body > TlsRecordKey.SealedBytesMax)
        {
            Fail(AlertRecordOverflow, TlsErrors.EncryptedLengthTooLong);
            return false;
        }

        length = TlsRecordKey.HeaderBytes + body;
        if (available < length)
        {
            return false;
        }

        if (_ahead is not null)
        {
            fixed (byte* p = _ahead.Coalesce(length))
            {
                record = p;
            }
        }

        return true;
    }

    private void ConsumeRecord(int length)
    {
        if (_ahead is not { } ahead)
        {
            _fed += length;
            _fedLength -= length;
            return;
        }

        ahead.Consume(length);
        if (ahead.IsEmpty)
        {
            _ahead = null;
            _loop.Buffers.Return(ahead);
        }
    }

    private bool TryOpen(byte* record, int length, BufferChain target)
    {
        var plain = length - TlsRecordKey.HeaderBytes - TlsRecordKey.TagBytes;
        if (plain < 1)
        {
            return Fail(AlertBadRecordMac, TlsErrors.BadRecordMac);
        }

        // Into the chain at once where a block can hold it.
        var body = record + TlsRecordKey.HeaderBytes;
        if (plain <= BufferPool.BlockBytes)
        {
            fixed (byte* p = target.GetSpace(plain))
            {
                body = p;
            }
        }

        var opened = _reader!.Open(record, length, body);
        var isTooLong = opened > TlsRecordKey.PlainBytesMax + 1;
        while (opened > 0 && body[opened - 1] == 0)
        {
            opened--;
        }

        if (opened <= 0 || isTooLong || _messageBytesLeft > 0 || body[opened - 1] != TlsRecordKey.Data)
        {
            var isGood = opened < 0 ? Fail(AlertBadRecordMac, TlsErrors.BadRecordMac)
                : isTooLong ? Fail(AlertRecordOverflow, TlsErrors.DataLengthTooLong)
                : opened == 0 ? Fail(AlertUnexpectedMessage, TlsErrors.BadRecordType)
                : TakeOther(body[opened - 1], new ReadOnlySpan<byte>(body, opened - 1));

            // Not before, as the bytes lie in it.
            target.Trim();
            return isGood;
        }

        var data = opened - 1;
        _emptyRecords = data == 0 ? _emptyRecords + 1 : 0;
        if (plain > BufferPool.BlockBytes)
        {
            target.Append(new ReadOnlySpan<byte>(body, data));
        }
        else if (data > 0)
        {
            target.Commit(data);
        }
        else
        {
            target.Trim();
        }

        return CheckEmpty();
    }

    private bool CheckEmpty() =>
        _emptyRecords <= EmptyRecordsMax || Fail(AlertUnexpectedMessage, TlsErrors.UnexpectedMessage);

    /// <summary>All but data; data too where they stand amid a message.</summary>
    private bool TakeOther(byte type, ReadOnlySpan<byte> bytes)
    {
        _emptyRecords++;
        return type switch
        {
            TlsRecordKey.Alert or TlsRecordKey.Handshake when bytes.IsEmpty =>
                Fail(AlertUnexpectedMessage, TlsErrors.BadLength),
            TlsRecordKey.Alert when bytes.Length == 2 && _messageBytesLeft == 0 => TakeAlert(bytes[1]),
            TlsRecordKey.Handshake => TakeMessages(bytes) && CheckEmpty(),
            _ => Fail(AlertUnexpectedMessage, TlsErrors.UnexpectedMessage),
        };
    }

    private bool TakeAlert(byte alert)
    {
        switch (alert)
        {
            case AlertCloseNotify:
                _isEnded = true;
                return true;
            case AlertUserCanceled:
                return CheckEmpty();
            default:
                // The peer has ended it: it gets no answer.
                _recordFailure = TlsErrors.Text(TlsErrors.AlertBase + alert);
                return false;
        }
    }

    /// <summary>Messages after the handshake (section 4.6): tickets that come late are not kept.</summary>
    private bool TakeMessages(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_messageBytesLeft > 0)
            {
                var n = Math.Min(_messageBytesLeft, bytes.Length);
                _messageBytesLeft -= n;
                bytes = bytes[n..];
                continue;
            }

            if (bytes.Length < MessageHeaderBytes)
            {
                return Fail(AlertUnexpectedMessage, TlsErrors.UnexpectedMessage);
            }

            if (bytes[0] == MessageKeyUpdate)
            {
                return TakeKeyUpdate(bytes);
            }

            if (bytes[0] != MessageTicket || _context.IsServer)
            {
                return Fail(AlertUnexpectedMessage, TlsErrors.UnexpectedMessage);
            }

            _messageBytesLeft = (bytes[1] << 16) | BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
            bytes = bytes[MessageHeaderBytes..];
        }

        return true;
    }

    private bool TakeKeyUpdate(ReadOnlySpan<byte> message)
    {
        if (message is not [MessageKeyUpdate, 0, 0, 1, _])
        {
            return message is [_, 0, 0, 1, ..]
                ? Fail(AlertUnexpectedMessage, TlsErrors.NotOnRecordBoundary)
                : Fail(AlertDecodeError, TlsErrors.BadKeyUpdate);
        }

        var request = message[MessageHeaderBytes];
        if (request > 1)
        {
            return Fail(AlertIllegalParameter, TlsErrors.BadKeyUpdate);
        }

        // While others wait, one answer is enough: it has to come before the next data only (section 4.6.3).
        _owesKeyUpdate = (_owesKeyUpdate || request == 1) && !_closeNotifySent;
        return (_reader!.TryUpdate() && (!_owesKeyUpdate || !_wire.IsEmpty || TryChangeKey()))
            || Fail(AlertUnexpectedMessage, TlsErrors.UnexpectedMessage);
    }

    /// <summary>Tells the peer that a new key follows, which it need not answer, and takes it.</summary>
    private bool TryChangeKey()
    {
        _owesKeyUpdate = false;
        return TryWriteRecord(TlsRecordKey.Handshake, [MessageKeyUpdate, 0, 0, 1, 0]) && Writer!.TryUpdate();
    }

    private bool WriteRecords(BufferChain source)
    {
        var total = 0;
        while (!source.IsEmpty && total < WriteBytesPerCallMax)
        {
            if ((_owesKeyUpdate || Writer!.Sequence >= RecordsPerKeyMax) && !TryChangeKey())
            {
                return false;
            }

            var n = Math.Min(source.Length, RecordDataMax);
            var record = _wire.GetSpace(n + TlsRecordKey.OverheadBytes)[..(n + TlsRecordKey.OverheadBytes)];
            source.CopyTo(record.Slice(TlsRecordKey.HeaderBytes, n));
            if (!Writer!.TrySeal(record, TlsRecordKey.Data))
            {
                return false;
            }

            _wire.Commit(record.Length);
            source.Consume(n);
            total += n;
        }

        return true;
    }

    private bool TryWriteRecord(byte type, ReadOnlySpan<byte> plain)
    {
        var length = plain.Length + TlsRecordKey.OverheadBytes;
        var record = _wire.GetSpace(length)[..length];
        plain.CopyTo(record[TlsRecordKey.HeaderBytes..]);
        var done = Writer!.TrySeal(record, type);
        if (done)
        {
            _wire.Commit(length);
        }

        return done;
    }

    /// <summary>Ends the session with a fatal alert, unless the farewell has been said (section 6.1). Always
    /// false.</summary>
    private bool Fail(byte alert, int reason)
    {
        _recordFailure = TlsErrors.Text(reason);
        if (!_closeNotifySent)
        {
            _ = TryWriteRecord(TlsRecordKey.Alert, [2, alert]);
        }

        return false;
    }
}
