using System.Buffers.Binary;
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

        Span<byte> zeros = stackalloc byte[Sha384Bytes];
        zeros.Clear();
        Span<byte> salt = stackalloc byte[Sha384Bytes];
        salt.Clear();
        if (!before.IsEmpty)
        {
            Span<byte> transcript = stackalloc byte[Sha384Bytes];
            if (!TryDigest(default, default, default, default, transcript[..digestBytes])
                || !TryExpand(digestBytes, before, prefix, label, transcript[..digestBytes], salt[..digestBytes]))
            {
                return false;
            }
        }

        var done = TryMac(
            salt[..digestBytes], input.IsEmpty ? zeros[..digestBytes] : input, default, default, target);
        CryptographicOperations.ZeroMemory(salt);
        return done;
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
        const byte inner = 0x36;
        const byte outer = 0x5c;
        Span<byte> block = stackalloc byte[Sha384BlockBytes];
        block = block[..(target.Length == Sha384Bytes ? Sha384BlockBytes : Sha256BlockBytes)];
        block.Fill(inner);
        for (var i = 0; i < key.Length; i++)
        {
            block[i] ^= key[i];
        }

        var done = TryDigest(block, first, second, third, target);
        foreach (ref var value in block)
        {
            value ^= inner ^ outer;
        }

        done = done && TryDigest(block, target, default, default, target);
        CryptographicOperations.ZeroMemory(block);
        return done;
    }

    private static bool TryDigest(
        ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, ReadOnlySpan<byte> fourth,
        Span<byte> target)
    {
        var state = stackalloc ulong[LibCrypto.DigestStateWords];
        fixed (byte* a = first, b = second, c = third, d = fourth, digest = target)
        {
            var done = target.Length == Sha384Bytes
                ? LibCrypto.Sha384Begin(state) == 1
                    && LibCrypto.Sha384Add(state, a, (nuint)first.Length) == 1
                    && LibCrypto.Sha384Add(state, b, (nuint)second.Length) == 1
                    && LibCrypto.Sha384Add(state, c, (nuint)third.Length) == 1
                    && LibCrypto.Sha384Add(state, d, (nuint)fourth.Length) == 1
                    && LibCrypto.Sha384End(digest, state) == 1
                : LibCrypto.Sha256Begin(state) == 1
                    && LibCrypto.Sha256Add(state, a, (nuint)first.Length) == 1
                    && LibCrypto.Sha256Add(state, b, (nuint)second.Length) == 1
                    && LibCrypto.Sha256Add(state, c, (nuint)third.Length) == 1
                    && LibCrypto.Sha256Add(state, d, (nuint)fourth.Length) == 1
                    && LibCrypto.Sha256End(digest, state) == 1;
            CryptographicOperations.ZeroMemory(new Span<byte>(state, LibCrypto.DigestStateWords * sizeof(ulong)));
            return done;
        }
    }
}
