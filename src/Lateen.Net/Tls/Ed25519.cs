using Lateen.Net.Native;

namespace Lateen.Net.Tls;

/// <summary>Ed25519 signatures (RFC 8032), by libcrypto.</summary>
public static unsafe class Ed25519
{
    /// <summary>Bytes of a public key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Whether a signature over the data is that of the public key.</summary>
    /// <param name="key">The public key, 32 bytes.</param>
    /// <param name="data">What was signed.</param>
    /// <param name="signature">The signature.</param>
    /// <returns>False too for keys and signatures of a wrong form.</returns>
    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (key.Length != KeyBytes)
        {
            return false;
        }
        fixed (byte* keyBytes = key)
        fixed (byte* dataBytes = data)
        fixed (byte* signatureBytes = signature)
        {
            var publicKey = LibCrypto.NewRawPublicKey(LibCrypto.PublicKeyEd25519, 0, keyBytes, (nuint)key.Length);
            if (publicKey == 0)
            {
                return false;
            }
            var context = LibCrypto.NewDigestContext();
            var isGood = LibCrypto.DigestVerifyStart(context, null, 0, 0, publicKey) == 1
                && LibCrypto.DigestVerify(
                    context, signatureBytes, (nuint)signature.Length, dataBytes, (nuint)data.Length) == 1;
            LibCrypto.FreeDigestContext(context);
            LibCrypto.FreePublicKey(publicKey);
            return isGood;
        }
    }
}
