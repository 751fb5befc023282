using Lateen.Proxy.OAuth2;

namespace Lateen.Proxy.Tests.OAuth2;

public sealed class OAuth2CipherTests
{
    private static readonly byte[] _secret = "0123456789abcdef0123456789abcdef"u8.ToArray();

    [Theory]
    [InlineData(false, "")]
    [InlineData(false, "token")]
    [InlineData(true, "token")]
    [InlineData(true, "\u00ff\u0001")]
    public void Decrypt_WhatWasEncrypted_GivesItBack(bool useGcm, string text)
    {
        var encrypted = OAuth2Cipher.Encrypt(text, _secret, useGcm);

        Assert.Equal(text, OAuth2Cipher.Decrypt(encrypted, _secret, true, out var legacy));
        Assert.Equal(!useGcm, legacy);
    }

    [Fact]
    public void Decrypt_CookieOfEnvoy_GivesItsToken()
    {
        // Made by an Envoy 1.40 with the same secret.
        const string Cookie = "OQedi3Inx9AbE8Oq3poZRxFhp_7pNLWBpX-fHCcUsF4";

        Assert.Equal("at-1", OAuth2Cipher.Decrypt(Cookie, _secret, true, out _));
        Assert.Null(OAuth2Cipher.Decrypt(Cookie, _secret, false, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("!!!!")]
    [InlineData("AAAA")]
    [InlineData("gcm.")]
    [InlineData("gcm.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Decrypt_AnythingElse_IsNull(string text)
    {
        Assert.Null(OAuth2Cipher.Decrypt(text, "another secret"u8.ToArray(), true, out _));
    }

    [Fact]
    public void Decrypt_OneBitChanged_IsNullWithGcm()
    {
        var encrypted = OAuth2Cipher.Encrypt("token", _secret, useGcm: true);
        var changed = encrypted[..10] + (encrypted[10] == 'A' ? 'B' : 'A') + encrypted[11..];

        Assert.Null(OAuth2Cipher.Decrypt(changed, _secret, true, out _));
    }
}
