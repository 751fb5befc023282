using Lateen.Security.Certificates;
using Lateen.Security.Keys;

namespace Lateen.Security.Tests;

public sealed class CertificateSigningRequestTests
{
    private static readonly SubjectAlternativeName[] _names =
        [new(SubjectAlternativeNameKind.Uri, "spiffe://cluster.local/ns/shop/sa/cart")];

    public static TheoryData<KeyOptions, string> Keys => new()
    {
        { new KeyOptions(), "EC PRIVATE KEY" },
        { new KeyOptions(Curve: KeyOptions.P384), "EC PRIVATE KEY" },
        { new KeyOptions(KeyAlgorithm.Rsa), "RSA PRIVATE KEY" },
        { new KeyOptions(KeyAlgorithm.Rsa, Pkcs8: true), "PRIVATE KEY" },
        { new KeyOptions(Pkcs8: true), "PRIVATE KEY" },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void Request_OfEachKey_IsReadBack(KeyOptions options, string label)
    {
        using var key = PrivateKey.Generate(options);

        var request = CertificateSigningRequest.Parse(CertificateSigningRequest.Create(key, _names));

        Assert.Equal(_names, request.Names);
        Assert.False(request.HasCommonName);
        Assert.Equal(key.PublicKey.ExportSubjectPublicKeyInfo(), request.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(label, Assert.Single(PemText.Read(key.ToPem())).Label);
        using var again = PrivateKey.Parse(key.ToPem());
        Assert.Equal(key.ToPem(), again.ToPem());
    }

    [Fact]
    public void Request_WithChangedSignature_IsRefused()
    {
        using var key = PrivateKey.Generate(new KeyOptions());
        var der = PemText.Read(CertificateSigningRequest.Create(key, _names))[0].Bytes;
        der[^1] ^= 1;

        Assert.Throws<PkiException>(() => CertificateSigningRequest.Parse(PemText.Write(PemText.RequestLabel, der)));
    }

    [Fact]
    public void Request_EveryTruncatedPrefix_IsRefused()
    {
        using var key = PrivateKey.Generate(new KeyOptions());
        var der = PemText.Read(CertificateSigningRequest.Create(key, _names))[0].Bytes;

        for (var length = 0; length < der.Length; length++)
        {
            var pem = PemText.Write(PemText.RequestLabel, der.AsSpan(0, length));
            Assert.Throws<PkiException>(() => CertificateSigningRequest.Parse(pem));
        }
    }
}
