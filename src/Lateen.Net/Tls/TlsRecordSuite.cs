using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>A suite of TLS 1.3 whose records are protected here: an authenticated cipher and the digest of its key
/// schedule (RFC 8446 appendix B.4).</summary>
internal sealed unsafe class TlsRecordSuite
{
    private const int NonceBytes = 12;

    private static readonly TlsRecordSuite _aes128 = new("AES-128-GCM\0"u8, 16, TlsKeySchedule.Sha256Bytes);
    private static readonly TlsRecordSuite _aes256 = new("AES-256-GCM\0"u8, 32, TlsKeySchedule.Sha384Bytes);

    private readonly nint _cipher;
    private readonly int _keyBytes;

    private TlsRecordSuite(ReadOnlySpan<byte> cipher, int keyBytes, int secretBytes)
    {
        fixed (byte* name = cipher)
        {
            _cipher = LibCrypto.CipherFetch(0, name, null);
        }

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

    private bool TryExpand(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, Span<byte> target) =>
        TlsKeySchedule.TryExpand(SecretBytes, secret, "tls13 "u8, label, default, target);
}
