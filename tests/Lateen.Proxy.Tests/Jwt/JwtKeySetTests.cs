using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Lateen.Proxy.Jwt;

namespace Lateen.Proxy.Tests.Jwt;

public sealed class JwtKeySetTests
{
    private const string Now = "{\"iss\":\"one\",\"exp\":4102444800}";

    [Fact]
    public void Verify_TokenOfTheKey_IsOk()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Equal(JwtStatus.Ok, SetOf(key, "k").Verify(Parse(Sign(key, "k", Now))));
    }

    [Fact]
    public void Verify_ChangedPayload_Fails()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parts = Sign(key, "k", Now).Split('.');
        parts[1] = Encode("{\"iss\":\"two\"}");

        Assert.Equal(JwtStatus.VerificationFailed, SetOf(key, "k").Verify(Parse(string.Join('.', parts))));
    }

    [Fact]
    public void Verify_OtherKeyId_FindsNoKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Equal(JwtStatus.NoKey, SetOf(key, "k").Verify(Parse(Sign(key, "other", Now))));
    }

    [Fact]
    public void Verify_PublicKeyAsSharedSecret_Fails()
    {
        // The confusion of algorithms: a token "signed" with HMAC and the public key as its secret.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signed = $"{Encode("{\"alg\":\"HS256\"}")}.{Encode(Now)}";
        var mac = HMACSHA256.HashData(key.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(signed));

        var status = SetOf(key, "k").Verify(Parse($"{signed}.{Base64Url.EncodeToString(mac)}"));

        Assert.Equal(JwtStatus.VerificationFailed, status);
    }

    [Theory]
    [InlineData("a.b")]
    [InlineData("a.b.")]
    [InlineData("a.b.c.d")]
    public void TryParse_WrongParts_IsBadFormat(string text)
    {
        Assert.Equal(JwtStatus.BadFormat, JwtToken.TryParse(text, out _));
    }

    [Theory]
    [InlineData("{\"exp\":\"1\"}", "Jwt payload [exp] field is not an integer")]
    [InlineData("{\"exp\":-1}", "Jwt payload [exp] field is not a positive 64 bit integer")]
    [InlineData("[1]", "Jwt payload is an invalid JSON")]
    public void TryParse_WrongPayload_IsNamed(string payload, string text)
    {
        var status = JwtToken.TryParse($"{Encode("{\"alg\":\"RS256\"}")}.{Encode(payload)}.AAAA", out _);

        Assert.Equal(text, status.Text);
    }

    [Fact]
    public void TryParse_AlgorithmNone_IsRefused()
    {
        var status = JwtToken.TryParse($"{Encode("{\"alg\":\"none\"}")}.{Encode(Now)}.AAAA", out _);

        Assert.Equal(JwtStatus.AlgorithmUnknown, status);
    }

    [Theory]
    [InlineData(4102444860, "OK")]
    [InlineData(4102444861, "Jwt is expired")]
    public void CheckClaims_AroundTheExpiry_AllowsTheSkew(long unixSeconds, string text)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var provider = new JwtProvider { Name = "p", Issuer = "one", Locations = [] };

        Assert.Equal(text, provider.CheckClaims(Parse(Sign(key, "k", Now)), null, unixSeconds).Text);
    }

    [Fact]
    public void CheckClaims_OtherIssuerOrAudience_IsNamed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var token = Parse(Sign(key, "k", "{\"iss\":\"one\",\"aud\":[\"a\",\"b\"]}"));
        var other = new JwtProvider { Name = "p", Issuer = "two", Locations = [] };
        var own = new JwtProvider { Name = "p", Issuer = "one", Locations = [], Audiences = ["c"] };

        Assert.Equal(JwtStatus.UnknownIssuer, other.CheckClaims(token, null, 0));
        Assert.Equal(JwtStatus.AudienceNotAllowed, own.CheckClaims(token, null, 0));
        Assert.Equal(JwtStatus.Ok, own.CheckClaims(token, ["b"], 0));
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static string Sign(ECDsa key, string id, string payload)
    {
        var signed = $"{Encode($"{{\"alg\":\"ES256\",\"kid\":\"{id}\"}}")}.{Encode(payload)}";
        var signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static JwtToken Parse(string text)
    {
        Assert.Equal(JwtStatus.Ok, JwtToken.TryParse(text, out var token));
        return token!;
    }

    private static JwtKeySet SetOf(ECDsa key, string id)
    {
        var point = key.ExportParameters(false).Q;
        var (x, y) = (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        var json = $"{{\"keys\":[{{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"{id}\",\"x\":\"{x}\",\"y\":\"{y}\"}}]}}";
        return JwtKeySet.TryParse(Encoding.UTF8.GetBytes(json))!;
    }
}
