using System.Buffers.Text;
using System.Text;
using Lateen.Proxy.Jwt;

namespace Lateen.Proxy.Tests.Jwt;

/// <summary>Tokens that fuzzing found to end the process: broken texts inside valid JSON.</summary>
public sealed class JwtTokenTests
{
    private const string Header = """{"alg":"RS256"}""";

    [Theory]
    [InlineData("{\"iss\":\"\u00ff\"}")]
    [InlineData("{\"\u00ff\":1}")]
    [InlineData("{\"aud\":[\"\\ud800\"]}")]
    [InlineData("{\"sub\":{\"a\":[{\"b\":\"\\udc00\"}]}}")]
    public void TryParse_BrokenTextInPayload_IsNoJson(string payload)
    {
        Assert.Equal(JwtStatus.PayloadJson, JwtToken.TryParse(Token(Header, payload), out var token));
        Assert.Null(token);
    }

    [Theory]
    [InlineData("{\"alg\":\"\u00ff\"}")]
    [InlineData("{\"alg\":\"RS256\",\"kid\":\"\\ud800\"}")]
    public void TryParse_BrokenTextInHeader_IsNoJson(string header) =>
        Assert.Equal(JwtStatus.HeaderJson, JwtToken.TryParse(Token(header, "{}"), out _));

    [Theory]
    [InlineData("""{"keys":[{"kty":"RSA","n":"","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"AQAB","e":""}]}""")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-256","x":"","y":""}]}""")]
    [InlineData("{\"keys\":[{\"kty\":\"oct\",\"k\":\"\u00ff\"}]}")]
    [InlineData("""{"keys":[{"kty":"oct","alg":"RS256","k":"AAAA"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}""")]
    [InlineData("""{"keys":[]}""")]
    public void TryParse_KeysThatAreNone_GiveNoSet(string json) =>
        Assert.Null(JwtKeySet.TryParse(Encoding.Latin1.GetBytes(json)));

    [Theory]
    [InlineData("""{"keys":[{"kty":"oct","use":"enc","k":"AAAA"}]}""", false)]
    [InlineData("""{"keys":[{"kty":"zzz"},{"kty":"oct","k":"AA AA"}]}""", true)]
    [InlineData("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\n  AA\"}]}", true)]
    public void Verify_ByTheOneReadableKey_TriesItUnlessItDoesNotSign(string json, bool isTried)
    {
        var set = JwtKeySet.TryParse(Encoding.Latin1.GetBytes(json));
        Assert.Equal(JwtStatus.Ok, JwtToken.TryParse(Token("""{"alg":"HS256"}""", """{"sub":"a"}"""), out var token));

        Assert.Equal(isTried ? JwtStatus.VerificationFailed : JwtStatus.NoKey, set?.Verify(token!));
    }

    private static string Token(string header, string payload) => $"{Encode(header)}.{Encode(payload)}.c2ln";

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.Latin1.GetBytes(text));
}
