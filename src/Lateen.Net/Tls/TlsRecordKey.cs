using System.Buffers.Binary;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>
/// One direction of an established connection of TLS 1.3: seals or opens its records (RFC 8446 section 5.2) by
/// libcrypto. Not thread safe.
/// </summary>
internal sealed unsafe class TlsRecordKey : IDisposable
{
    internal const int HeaderBytes = 5;
    internal const int TagBytes = 16;
    internal const int PlainBytesMax = 16 * 1024;

    /// <summary>Of a record after its header (section 5.2).</summary>
    internal const int SealedBytesMax = PlainBytesMax + 256;

    /// <summary>Header, type and tag.</summary>
    internal const int OverheadBytes = HeaderBytes + 1 + TagBytes;

    internal const byte Alert = 21;
    internal const byte Handshake = 22;
    internal const byte Data = 23;

    private const int NonceBytes = 12;
    private const int NonceHeadBytes = 4;

    private readonly TlsRecordSuite _suite;
    private readonly byte[] _secret;
    private readonly bool _seals;
    private nint _cipher;
    private uint _nonceHead;
    private ulong _nonceTail;
    private ulong _sequence;

    private TlsRecordKey(TlsRecordSuite suite, ReadOnlySpan<byte> secret, bool seals, ulong sequence)
    {
        _suite = suite;
        _secret = secret.ToArray();
        _seals = seals;
        _sequence = sequence;
        _cipher = LibCrypto.CipherNew();
    }

    /// <summary>Records that the present key has protected.</summary>
    internal ulong Sequence => _sequence;

    /// <summary>From the traffic secret and the number of records that it has protected before; null when libcrypto
    /// refuses.</summary>
    internal static TlsRecordKey? TryMake(TlsRecordSuite suite, ReadOnlySpan<byte> secret, bool seals, ulong sequence)
    {
        var key = new TlsRecordKey(suite, secret, seals, sequence);
        if (key.TryDerive())
        {
            return key;
        }

        key.Dispose();
        return null;
    }

    /// <summary>Goes on with the next secret, as a KeyUpdate demands (section 7.2). When libcrypto refuses there is no
    /// key any more: with the old one numbers, and so nonces, would come again.</summary>
    internal bool TryUpdate()
    {
        if (!_suite.TryAdvance(_secret) || !TryDerive())
        {
            Dispose();
            return false;
        }

        _sequence = 0;
        return true;
    }

    /// <summary>Makes a record in place: the plain text stands after the room for the header, room for type and tag
    /// follows it.</summary>
    internal bool TrySeal(Span<byte> record, byte type)
    {
        var length = record.Length - HeaderBytes - TagBytes;
        record[0] = Data;
        record[1] = 3;
        record[2] = 3;
        BinaryPrimitives.WriteUInt16BigEndian(record[3..], (ushort)(length + TagBytes));
        record[HeaderBytes + length - 1] = type;
        fixed (byte* header = record)
        {
            var body = header + HeaderBytes;
            int n;
            return Begin() && LibCrypto.CipherAdd(_cipher, null, &n, header, HeaderBytes) == 1
                && LibCrypto.CipherUpdate(_cipher, body, &n, body, length) == 1
                && LibCrypto.CipherEnd(_cipher, body + length, &n) == 1
                && LibCrypto.CipherControl(_cipher, LibCrypto.CipherGetTag, TagBytes, body + length) == 1;
        }
    }

    /// <summary>Opens a whole record into room of at least its length without header and tag, or in place. Gives the
    /// length with type and padding; -1 when it was not made with this key.</summary>
    internal int Open(byte* record, int length, byte* target)
    {
        var body = record + HeaderBytes;
        var plain = length - HeaderBytes - TagBytes;
        int n;
        return Begin() && LibCrypto.CipherControl(_cipher, LibCrypto.CipherSetTag, TagBytes, body + plain) == 1
            && LibCrypto.CipherAdd(_cipher, null, &n, record, HeaderBytes) == 1
            && LibCrypto.CipherUpdate(_cipher, target, &n, body, plain) == 1
            && LibCrypto.CipherEnd(_cipher, target + plain, &n) == 1 ? plain : -1;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        LibCrypto.CipherFree(_cipher);
        _cipher = 0;
        Array.Clear(_secret);
    }

    /// <summary>The nonce of the next record: the first one, and the record's number over its end
    /// (section 5.3).</summary>
    private bool Begin()
    {
        var nonce = stackalloc byte[NonceBytes];
        var bytes = new Span<byte>(nonce, NonceBytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes, _nonceHead);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[NonceHeadBytes..], _nonceTail ^ _sequence);
        _sequence++;
        return _cipher != 0 && LibCrypto.CipherBegin(_cipher, 0, 0, null, nonce, -1) == 1;
    }

    private bool TryDerive()
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        if (_cipher == 0 || !_suite.TryKey(_cipher, _secret, _seals, nonce))
        {
            return false;
        }

        _nonceHead = BinaryPrimitives.ReadUInt32BigEndian(nonce);
        _nonceTail = BinaryPrimitives.ReadUInt64BigEndian(nonce[NonceHeadBytes..]);
        return true;
    }
}
