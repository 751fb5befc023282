using System.Buffers.Text;
using System.Text;
using Lateen.Proxy.Jwt;

namespace Lateen.Proxy.Tests.Jwt;

public sealed class JwtProviderTests
{
    private const long Now = 1_000_000;

    [Theory]
    [InlineData("https://svc/", "svc")]
    [InlineData("http://svc", "svc")]
    [InlineData("svc/", "svc")]
    [InlineData("svc", "svc")]
    public void Plain_SchemeAndSlash_AreTakenOff(string audience, string expected) =>
        Assert.Equal(expected, JwtProvider.Plain(audience));

    [Theory]
    [InlineData("{\"exp\":1000050}", true)]
    [InlineData("{\"exp\":1000150}", false)]
    [InlineData("{}", false)]
    public void CheckClaims_Lifetime_CountsFromNow(string payload, bool isGood)
    {
        var provider = new JwtProvider { Name = "p", Locations = [], LifetimeSecondsMax = 100 };

        var status = provider.CheckClaims(Parse(payload)!, null, Now);

        Assert.Equal(isGood ? JwtStatus.Ok : JwtStatus.VerificationFailed, status);
    }

    [Theory]
    [InlineData("{\"alg\":\"HS256\",\"kid\":5}", "{}", "Jwt header [kid] field is not a string")]
    [InlineData("{\"alg\":\"HS256\"}", "{\"iss\":5}", "Jwt payload [iss] field is not a string")]
    [InlineData("{\"alg\":\"HS256\"}", "{\"aud\":5}", "Jwt payload [aud] field is not a string or string list")]
    public void TryParse_ClaimOfAnotherType_IsNamed(string header, string payload, string expected) =>
        Assert.Equal(expected, JwtToken.TryParse(Text(header, payload), out _).Text);

    private static JwtToken? Parse(string payload)
    {
        Assert.Equal(JwtStatus.Ok, JwtToken.TryParse(Text("{\"alg\":\"HS256\"}", payload), out var token));
        return token;
    }

    private static string Text(string header, string payload) =>
        $"{Encode(header)}.{Encode(payload)}.{Encode("signature")}";

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
