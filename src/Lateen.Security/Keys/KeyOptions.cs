namespace Lateen.Security.Keys;

/// <summary>How a private key is made and written.</summary>
/// <param name="Algorithm">Default ECDSA: a handshake signs 30 times faster with it than with RSA 2048.</param>
/// <param name="RsaBits">Size of an RSA key; default 2048, the least accepted (Istio's WORKLOAD_RSA_KEY_SIZE).</param>
/// <param name="Curve">Curve of an ECDSA key: P-256 (default) or P-384 (Istio's ECC_CURVE).</param>
/// <param name="Pkcs8">Written as PKCS #8, else as PKCS #1 or SEC 1 (Istio's PKCS8_KEY).</param>
public sealed record KeyOptions(
    KeyAlgorithm Algorithm = KeyAlgorithm.Ecdsa,
    int RsaBits = 2048,
    string Curve = KeyOptions.P256,
    bool Pkcs8 = false)
{
    /// <summary>NIST P-256, secp256r1.</summary>
    public const string P256 = "P-256";

    /// <summary>NIST P-384, secp384r1.</summary>
    public const string P384 = "P-384";

    /// <summary>The least size of an RSA key that is made.</summary>
    public const int RsaBitsMin = 2048;

    /// <summary>The greatest size of an RSA key that is made: more would take seconds.</summary>
    public const int RsaBitsMax = 8192;
}
