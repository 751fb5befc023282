using System.Buffers.Binary;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>A suite of TLS 1.3 whose records are protected here: an authenticated cipher and the digest of its key
/// schedule (RFC 8446 appendix B.4).</summary>
internal sealed unsafe class TlsRecordSuite
{
    private const int NonceBytes = 12;
    private const int InfoBytesMax = 64;

    private static readonly TlsRecordSuite _aes128 = new("AES-128-GCM\0"u8, 16, LibCrypto.DigestSha256(), 32);
    private static readonly TlsRecordSuite _aes256 = new("AES-256-GCM\0"u8, 32, LibCrypto.DigestSha384(), 48);

    private readonly nint _cipher;
    private readonly nint _digest;
    private readonly int _keyBytes;

    private TlsRecordSuite(ReadOnlySpan<byte> cipher, int keyBytes, nint digest, int secretBytes)
    {
        fixed (byte* name = cipher)
        {
            _cipher = LibCrypto.CipherFetch(0, name, null);
        }

        _digest = digest;
        _keyBytes = keyBytes;
        SecretBytes = secretBytes;
    }

    /// <summary>Length of a traffic secret.</summary>
    internal int SecretBytes { get; }

    /// <summary>By OpenSSL's name; null for any that is left to libssl.</summary>
    internal static TlsRecordSuite? Find(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("TLS_AES_256_GCM_SHA384"u8) ? _aes256
        : name.SequenceEqual("TLS_AES_128_GCM_SHA256"u8) ? _aes128
        : null;

    /// <summary>Gives a cipher the key of a traffic secret and tells its first nonce (section 7.3).</summary>
    internal bool TryKey(nint context, ReadOnlySpan<byte> secret, bool seals, Span<byte> nonce)
    {
        var key = stackalloc byte[_keyBytes];
        var keySpan = new Span<byte>(key, _keyBytes);
        var done = TryExpand(secret, "key"u8, keySpan) && TryExpand(secret, "iv"u8, nonce[..NonceBytes])
            && LibCrypto.CipherInit(context, _cipher, 0, key, null, seals ? 1 : 0) == 1;
        keySpan.Clear();
        return done;
    }

    /// <summary>The secret that follows after a KeyUpdate (section 7.2).</summary>
    internal bool TryAdvance(Span<byte> secret) => TryExpand(secret, "traffic upd"u8, secret);

    /// <summary>HKDF-Expand-Label without context (section 7.1), of at most the digest's length, so that it is one
    /// round of RFC 5869.</summary>
    private bool TryExpand(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, Span<byte> target)
    {
        var info = stackalloc byte[InfoBytesMax];
        var text = new Span<byte>(info, InfoBytesMax);
        BinaryPrimitives.WriteUInt16BigEndian(text, (ushort)target.Length);
        var prefix = "tls13 "u8;
        text[2] = (byte)(prefix.Length + label.Length);
        prefix.CopyTo(text[3..]);
        label.CopyTo(text[(3 + prefix.Length)..]);
        var length = 3 + prefix.Length + label.Length;
        text[length++] = 0;
        text[length++] = 1;

        var digest = stackalloc byte[InfoBytesMax];
        uint written;
        fixed (byte* key = secret)
        {
            if (LibCrypto.Hmac(_digest, key, secret.Length, info, (nuint)length, digest, &written) == null)
            {
                return false;
            }
        }

        new Span<byte>(digest, target.Length).CopyTo(target);
        new Span<byte>(digest, InfoBytesMax).Clear();
        return true;
    }
}
