using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>
/// The key derivation of TLS 1.3 (RFC 8446 section 7.1) over libcrypto's SHA-256 and SHA-384. Digests are named by
/// their length in bytes, 32 or 48. False when an argument has a length that the protocol does not know, or libcrypto
/// refuses. Any thread.
/// </summary>
internal static unsafe class TlsKeySchedule
{
    internal const int Sha256Bytes = 32;
    internal const int Sha384Bytes = 48;

    /// <summary>Of a label with its prefix, and of a context.</summary>
    private const int FieldBytesMax = 255;

    /// <summary>Length of the output, label, context.</summary>
    private const int InfoBytesMax = 2 + 1 + FieldBytesMax + 1 + FieldBytesMax;

    private const int RoundsMax = 255;
    private const int Sha256BlockBytes = 64;
    private const int Sha384BlockBytes = 128;
    private static readonly Known _sha256 = new(Sha256Bytes);
    private static readonly Known _sha384 = new(Sha384Bytes);

    /// <summary>A handshake asks several things of one secret in a row.</summary>
    [ThreadStatic]
    private static KeptKey? _kept;

    private static ReadOnlySpan<byte> Prefix => "tls13 "u8;

    private static ReadOnlySpan<byte> Derived => "derived"u8;

    /// <summary>From now on the thread keeps the secret that was used last, until <see cref="Forget"/>.</summary>
    internal static void Keep() => (_kept ??= new KeptKey()).IsOn = true;

    /// <summary>Wipes the secret that the thread keeps.</summary>
    internal static void Forget()
    {
        if (_kept is { IsOn: true } kept)
        {
            kept.IsOn = false;
            kept.Clear();
        }
    }

    /// <summary>HKDF-Extract; where there is a secret before this one, of its <c>Derive-Secret</c> with an empty
    /// transcript.</summary>
    /// <param name="before">Empty for the first secret.</param>
    /// <param name="input">Empty for zeros.</param>
    /// <param name="prefix">Before the label: <c>tls13 </c>.</param>
    /// <param name="label">Of the secret before: <c>derived</c>.</param>
    /// <param name="target">Its length names the digest.</param>
    internal static bool TryExtract(
        ReadOnlySpan<byte> before, ReadOnlySpan<byte> input, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> label,
        Span<byte> target)
    {
        var digestBytes = target.Length;
        if (digestBytes is not (Sha256Bytes or Sha384Bytes))
        {
            return false;
        }

        var known = digestBytes == Sha256Bytes ? _sha256 : _sha384;
        if (before.IsEmpty && input.IsEmpty && known.EarlySecret is { } early)
        {
            early.CopyTo(target);
            return true;
        }

        Span<byte> salt = stackalloc byte[Sha384Bytes];
        salt = salt[..digestBytes];
        salt.Clear();
        if (!before.IsEmpty && !TryDerive(known, before, prefix, label, salt))
        {
            return false;
        }

        Span<byte> zeros = stackalloc byte[Sha384Bytes];
        zeros.Clear();
        var done = TryMac(salt, input.IsEmpty ? zeros[..digestBytes] : input, default, default, target);
        CryptographicOperations.ZeroMemory(salt);
        return done;
    }

    /// <summary><c>Derive-Secret</c> with an empty transcript.</summary>
    private static bool TryDerive(
        in Known known, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> label,
        Span<byte> target)
    {
        if (known.EarlySalt is { } salt && prefix.SequenceEqual(Prefix) && label.SequenceEqual(Derived)
            && secret.SequenceEqual(known.EarlySecret))
        {
            salt.CopyTo(target);
            return true;
        }

        return TryExpand(target.Length, secret, prefix, label, known.EmptyDigest, target);
    }

    /// <summary>HKDF-Expand-Label.</summary>
    internal static bool TryExpand(
        int digestBytes, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> label,
        ReadOnlySpan<byte> context, Span<byte> target)
    {
        if (secret.Length != digestBytes || prefix.Length + label.Length > FieldBytesMax
            || context.Length > FieldBytesMax || target.Length > RoundsMax * digestBytes)
        {
            return false;
        }

        Span<byte> info = stackalloc byte[InfoBytesMax];
        BinaryPrimitives.WriteUInt16BigEndian(info, (ushort)target.Length);
        info[2] = (byte)(prefix.Length + label.Length);
        prefix.CopyTo(info[3..]);
        label.CopyTo(info[(3 + prefix.Length)..]);
        var at = 3 + prefix.Length + label.Length;
        info[at++] = (byte)context.Length;
        context.CopyTo(info[at..]);
        info = info[..(at + context.Length)];

        Span<byte> part = stackalloc byte[Sha384Bytes];
        part = part[..digestBytes];
        scoped ReadOnlySpan<byte> last = default;
        for (byte round = 1; !target.IsEmpty; round++)
        {
            if (!TryMac(secret, last, info, [round], part))
            {
                return false;
            }

            var length = Math.Min(target.Length, digestBytes);
            part[..length].CopyTo(target);
            target = target[length..];
            last = part;
        }

        CryptographicOperations.ZeroMemory(part);
        return true;
    }

    /// <summary>HMAC (RFC 2104) of three parts, with a key no longer than a block of the digest.</summary>
    private static bool TryMac(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third,
        Span<byte> target)
    {
        Span<ulong> own = stackalloc ulong[2 * LibCrypto.DigestStateWords];
        var kept = _kept is { IsOn: true } on ? on : null;
        var states = kept is null ? own : kept.States;
        if (kept is null || !kept.Holds(key, target.Length))
        {
            if (!TryBegin(key, target.Length, states))
            {
                kept?.Clear();
                return false;
            }

            kept?.Hold(key, target.Length);
        }

        var done = TryEnd(states[..LibCrypto.DigestStateWords], first, second, third, target)
            && TryEnd(states[LibCrypto.DigestStateWords..], target, default, default, target);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(own));
        return done;
    }

    /// <summary>The states of an HMAC's two digests after the key.</summary>
    private static bool TryBegin(ReadOnlySpan<byte> key, int digestBytes, Span<ulong> states)
    {
        const byte inner = 0x36;
        const byte outer = 0x5c;
        Span<byte> block = stackalloc byte[Sha384BlockBytes];
        block = block[..(digestBytes == Sha384Bytes ? Sha384BlockBytes : Sha256BlockBytes)];
        block.Fill(inner);
        for (var i = 0; i < key.Length; i++)
        {
            block[i] ^= key[i];
        }

        var done = TryBeginWith(block, digestBytes, states[..LibCrypto.DigestStateWords]);
        foreach (ref var value in block)
        {
            value ^= inner ^ outer;
        }

        done = done && TryBeginWith(block, digestBytes, states[LibCrypto.DigestStateWords..]);
        CryptographicOperations.ZeroMemory(block);
        return done;
    }

    private static bool TryBeginWith(ReadOnlySpan<byte> block, int digestBytes, Span<ulong> state)
    {
        fixed (ulong* to = state)
        fixed (byte* bytes = block)
        {
            return digestBytes == Sha384Bytes
                ? LibCrypto.Sha384Begin(to) == 1 && LibCrypto.Sha384Add(to, bytes, (nuint)block.Length) == 1
                : LibCrypto.Sha256Begin(to) == 1 && LibCrypto.Sha256Add(to, bytes, (nuint)block.Length) == 1;
        }
    }

    /// <summary>The digest of what the state has taken and of three parts; leaves the state as it is.</summary>
    private static bool TryEnd(
        ReadOnlySpan<ulong> state, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third,
        Span<byte> target)
    {
        Span<ulong> copy = stackalloc ulong[LibCrypto.DigestStateWords];
        state.CopyTo(copy);
        fixed (ulong* to = copy)
        fixed (byte* a = first, b = second, c = third, digest = target)
        {
            var done = target.Length == Sha384Bytes
                ? LibCrypto.Sha384Add(to, a, (nuint)first.Length) == 1
                    && LibCrypto.Sha384Add(to, b, (nuint)second.Length) == 1
                    && LibCrypto.Sha384Add(to, c, (nuint)third.Length) == 1
                    && LibCrypto.Sha384End(digest, to) == 1
                : LibCrypto.Sha256Add(to, a, (nuint)first.Length) == 1
                    && LibCrypto.Sha256Add(to, b, (nuint)second.Length) == 1
                    && LibCrypto.Sha256Add(to, c, (nuint)third.Length) == 1
                    && LibCrypto.Sha256End(digest, to) == 1;
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(copy));
            return done;
        }
    }

    /// <summary>What is the same in every handshake without a key agreed before (RFC 8446 section 7.1).</summary>
    private readonly struct Known
    {
        public Known(int digestBytes)
        {
            EmptyDigest = digestBytes == Sha384Bytes ? SHA384.HashData([]) : SHA256.HashData([]);
            var secret = new byte[digestBytes];
            var salt = new byte[digestBytes];
            if (TryMac(salt, new byte[digestBytes], default, default, secret)
                && TryExpand(digestBytes, secret, Prefix, Derived, EmptyDigest, salt))
            {
                (EarlySecret, EarlySalt) = (secret, salt);
            }
        }

        public byte[] EmptyDigest { get; }

        /// <summary>Null where libcrypto refuses.</summary>
        public byte[]? EarlySecret { get; }

        /// <summary>That of the secret after the early one; null where libcrypto refuses.</summary>
        public byte[]? EarlySalt { get; }
    }

    /// <summary>An HMAC key and what digests make of it.</summary>
    private sealed class KeptKey
    {
        private readonly byte[] _key = new byte[Sha384Bytes];
        private readonly ulong[] _states = new ulong[2 * LibCrypto.DigestStateWords];
        private int _keyBytes;
        private int _digestBytes;

        public bool IsOn { get; set; }

        public Span<ulong> States => _states;

        /// <summary>In time that tells of the keys, neither of which a peer chooses.</summary>
        public bool Holds(ReadOnlySpan<byte> key, int digestBytes) =>
            _digestBytes == digestBytes && key.SequenceEqual(_key.AsSpan(0, _keyBytes));

        public void Hold(ReadOnlySpan<byte> key, int digestBytes)
        {
            (_keyBytes, _digestBytes) = (key.Length, digestBytes);
            key.CopyTo(_key);
        }

        public void Clear()
        {
            (_keyBytes, _digestBytes) = (0, 0);
            CryptographicOperations.ZeroMemory(_key);
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_states.AsSpan()));
        }
    }
}
