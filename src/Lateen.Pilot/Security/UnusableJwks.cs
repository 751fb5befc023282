using System.Buffers.Text;
using System.Security.Cryptography;

namespace Lateen.Pilot.Security;

/// <summary>
/// The key set of issuers whose keys are not known: one public key whose private half was thrown away when the process
/// made it, so that every token of theirs is refused. Proxies take no empty text in its place.
/// </summary>
internal static class UnusableJwks
{
    private const int KeyBits = 2048;

    private static readonly Lazy<string> _text = new(Make);

    /// <summary>The same for the life of the process.</summary>
    public static string Text => _text.Value;

    private static string Make()
    {
        using var pair = RSA.Create(KeyBits);
        var key = pair.ExportParameters(includePrivateParameters: false);
        var (e, n) = (Base64Url.EncodeToString(key.Exponent), Base64Url.EncodeToString(key.Modulus));
        return $$"""{"keys":[{"e":"{{e}}","kty":"RSA","n":"{{n}}"}]}""";
    }
}
