using System.Buffers.Text;
using System.Security.Cryptography;
using Lateen.ControlPlane.Jwks;

namespace Lateen.ControlPlane.Tests.Jwks;

public sealed class JwksTextTests
{
    private const string Octets = """{"kty":"oct","k":"c2Vj"}""";

    [Theory]
    [InlineData("""{"keys": [{"kty":"oct","k":"c2Vj","kid":"a","key_ops":["verify"],"ext":true}]}""")]
    public void ForProxies_OfPlainReadableKeys_IsWhatWasServed(string text) =>
        Assert.Equal(text, JwksText.ForProxies(text));

    [Theory]
    [InlineData($$"""{"keys":[1,{{Octets}}]}""")]
    [InlineData($$"""{"more":1e999,"keys":[{{Octets}},{"kty":"oct","k":"not base64"}]}""")]
    [InlineData("""{"keys":[{"kty":"oct","k":"c2Vj","exp":1e999}]}""")]
    [InlineData("""{"keys":[{"kty":"oct","k":"c2Vj","note":{"a":null}}]}""")]
    [InlineData($$"""{"keys":[{{Octets}},{"kty":"\ud800"}]}""")]
    public void ForProxies_OfOtherThings_KeepsTheReadableKeys(string text) =>
        Assert.Equal($$"""{"keys":[{{Octets}}]}""", JwksText.ForProxies(text));

    [Theory]
    [InlineData("""{"keys":[]}""")]
    [InlineData("""{"keys":[{"kty":"oct"},{"kty":"new","k":"c2Vj"}]}""")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-256","x":"eA","y":"eQ"}]}""")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-192","x":"eA","y":"eQ"}]}""")]
    [InlineData("""{"keys":[{"kty":"oct","k":"c2Vj","alg":"RS256"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"c2Vj","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"OKP","crv":"Ed25519","x":"c2Vj"}]}""")]
    public void ForProxies_OfNoReadableKey_IsEmpty(string text) => Assert.Equal("", JwksText.ForProxies(text));

    [Theory]
    [InlineData("""{"keys":{}}""")]
    [InlineData("""[]""")]
    [InlineData("""{"keys":[]""")]
    [InlineData("""{"\ud800":1,"keys":"none"}""")]
    public void ForProxies_OfNoKeySet_IsNull(string text) => Assert.Null(JwksText.ForProxies(text));

    [Fact]
    public void ForProxies_OfRealKeys_IsWhatWasServed()
    {
        using var modulus = RSA.Create(2048);
        var rsa = modulus.ExportParameters(false);
        var (n, e) = (Base64Url.EncodeToString(rsa.Modulus), Base64Url.EncodeToString(rsa.Exponent));
        var number = $$"""{"keys":[{"e":"{{e}}","kty":"RSA","n":"{{n}}"}]}""";
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var q = pair.ExportParameters(false).Q;
        var (x, y) = (Base64Url.EncodeToString(q.X), Base64Url.EncodeToString(q.Y));
        var point = $$"""{"keys":[{"kty":"EC","crv":"P-256","x":"{{x}}","y":"{{y}}"}]}""";

        Assert.Equal(number, JwksText.ForProxies(number));
        Assert.Equal(point, JwksText.ForProxies(point));
        Assert.Equal("", JwksText.ForProxies($$"""{"keys":[{"kty":"EC","crv":"P-256","x":"{{x}}","y":"{{x}}"}]}"""));
    }

    [Theory]
    [InlineData(
        """{"keys":[{"kid":"a","k":"x"},{"kid":"b"}]}""", """{"keys": [{"kid":"b"},{"k":"x","kid":"a"}]}""", true)]
    [InlineData("""{"keys":[{"kid":"a","k":"x"}]}""", """{"keys":[{"kid":"a","k":"y"}]}""", false)]
    [InlineData("""{"keys":[{"kid":"a"}]}""", """{"keys":[{"kid":"a"},{"kid":"b"}]}""", false)]
    [InlineData("""{"keys":[{"kid":"a"}]}""", "", false)]
    [InlineData("", "", true)]
    public void KeySets_Compared_AreSameByKeysInAnyOrder(string text, string other, bool expected)
    {
        Assert.Equal(expected, JwksText.HoldsSame(text, other));
    }
}
