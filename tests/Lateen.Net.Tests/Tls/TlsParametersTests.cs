namespace Lateen.Net.Tests.Tls;

public sealed class TlsParametersTests
{
    [Theory]
    [InlineData("P-256:P-521", "", "")]
    [InlineData("X25519MLKEM768:X25519", "", "")]
    [InlineData("", "ecdsa_secp256r1_sha256:rsa_pkcs1_sha1:ed25519", "")]
    [InlineData("", "ECDSA+SHA256", "")]
    [InlineData("", "", "DES-CBC3-SHA")]
    public void Context_ParametersOfEnvoy_AreTaken(string groups, string signatures, string ciphers)
    {
        using var context = Build(groups, signatures, ciphers);

        Assert.True(context.IsServer);
    }

    [Theory]
    [InlineData("secp256r1", "", "")]
    [InlineData("P-224", "", "")]
    [InlineData("X448", "", "")]
    [InlineData("", "nope", "")]
    [InlineData("", "ecdsa_secp256r1_sha256:ecdsa_secp256r1_sha256", "")]
    [InlineData("", "", "ECDHE-RSA-AES256-SHA384")]
    public void Context_ParametersThatEnvoyRefuses_AreRefused(string groups, string signatures, string ciphers) =>
        Assert.Throws<TlsConfigurationException>(() => Build(groups, signatures, ciphers));

    private static TlsContext Build(string groups, string signatures, string ciphers) => new(new TlsContextOptions
    {
        IsServer = true,
        Groups = groups,
        Signatures = signatures,
        CipherSuites = ciphers,
        Clock = TimeProvider.System,
    }, allowsNoCertificate: true);
}
