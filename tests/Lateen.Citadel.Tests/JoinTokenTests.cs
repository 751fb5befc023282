using System.Buffers.Text;
using System.Text;
using Lateen.Citadel.Tokens;
using Lateen.Security;
using Lateen.Security.Keys;
using Lateen.TestKit;

namespace Lateen.Citadel.Tests;

public sealed class JoinTokenTests
{
    private readonly VirtualClock _clock = new();
    private readonly JoinTokenIssuer _issuer;

    public JoinTokenTests() => _issuer = new JoinTokenIssuer(PrivateKey.Generate(new KeyOptions()), _clock);

    [Fact]
    public void Verify_OwnToken_GivesItsNames()
    {
        var reason = _issuer.Verify(_issuer.Issue("shop", "cart", TimeSpan.FromHours(1)), out var claims);

        Assert.Null(reason);
        Assert.Equal(("shop", "cart", "istio-ca"), (claims!.Namespace, claims.ServiceAccount, claims.Audience));
        Assert.Equal(_clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds(), claims.Expiry.ToUnixTimeSeconds());
    }

    [Fact]
    public void Verify_ExpiredToken_SaysWhen()
    {
        var token = _issuer.Issue("shop", "cart", TimeSpan.FromHours(1));
        _clock.Advance(TimeSpan.FromHours(1));

        var reason = _issuer.Verify(token, out var claims);

        Assert.Null(claims);
        Assert.Contains("expired at 2026-01-02 04:04:05Z", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_TokenOfAnotherMesh_SaysSo()
    {
        using var other = new JoinTokenIssuer(PrivateKey.Generate(new KeyOptions()), _clock);

        var reason = _issuer.Verify(other.Issue("shop", "cart", TimeSpan.FromHours(1)), out _);

        Assert.Contains("not made by this mesh", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_ChangedPayload_IsRefused()
    {
        var parts = _issuer.Issue("shop", "cart", TimeSpan.FromHours(1)).Split('.');
        var payload = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1]))
            .Replace("cart", "root", StringComparison.Ordinal);
        parts[1] = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload));

        Assert.Contains("signature", _issuer.Verify(string.Join('.', parts), out _), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.e30")]
    [InlineData("bnVsbA.e30.e30")]
    [InlineData("..")]
    public void Verify_Garbage_IsRefused(string token)
    {
        Assert.NotNull(_issuer.Verify(token, out var claims));
        Assert.Null(claims);
    }

    [Fact]
    public void Verify_EveryTruncatedPrefix_IsRefused()
    {
        var token = _issuer.Issue("shop", "cart", TimeSpan.FromHours(1));

        for (var length = 0; length < token.Length; length++)
        {
            Assert.NotNull(_issuer.Verify(token[..length], out _));
        }
    }

    [Fact]
    public void Verify_TooLongToken_IsRefused()
    {
        Assert.Contains("too long", _issuer.Verify(new string('a', JoinTokenIssuer.TokenLengthMax + 1), out _),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "cart")]
    [InlineData("shop", "")]
    [InlineData("shop:x", "cart")]
    public void Issue_BadNames_Throws(string ns, string serviceAccount)
    {
        Assert.Throws<PkiException>(() => _issuer.Issue(ns, serviceAccount, TimeSpan.FromHours(1)));
    }
}
