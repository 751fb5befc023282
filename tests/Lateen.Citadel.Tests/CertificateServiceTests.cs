using Google.Protobuf.WellKnownTypes;
using Istio.V1.Auth;
using Lateen.Core.Logging;
using Lateen.Security.Authentication;
using Lateen.Security.Certificates;
using Lateen.Security.Keys;
using Lateen.TestKit;

namespace Lateen.Citadel.Tests;

public sealed class CertificateServiceTests : IDisposable
{
    private const string Cart = "spiffe://cluster.local/ns/shop/sa/cart";

    private readonly TemporaryFolder _folder = new();
    private readonly VirtualClock _clock = new();
    private readonly StringWriter _log = new();
    private readonly CitadelRuntime _citadel;
    private readonly PrivateKey _key = PrivateKey.Generate(new KeyOptions());

    public CertificateServiceTests() => _citadel = CitadelRuntime.Open(
        new CitadelOptions { StateFolder = _folder.Path, PluggedInFolder = _folder.At("cacerts") },
        [],
        _clock,
        new Random(1),
        new LogSink(_log, _clock));

    [Fact]
    public async Task Request_WithJoinToken_GetsTheNamesOfTheTokenOnly()
    {
        var response = await Create(Request("spiffe://cluster.local/ns/kube-system/sa/boss"), Token("shop", "cart"));

        var leaf = CertificatePem.Parse(response.CertChain[0]);
        var fields = CertificateFields.Read(leaf);
        Assert.Equal([new SubjectAlternativeName(SubjectAlternativeNameKind.Uri, Cart)], fields.Names);
        Assert.Equal(["digitalSignature", "keyEncipherment"], fields.KeyUsage);
        Assert.Equal(["serverAuth", "clientAuth"], fields.ExtendedKeyUsage);
        Assert.False(fields.IsCertificateAuthority);
        Assert.Equal("", leaf.Subject);
        Assert.Equal(_clock.GetUtcNow().AddMinutes(-2), leaf.NotBefore.ToUniversalTime());
        Assert.Equal(_clock.GetUtcNow().AddHours(24), leaf.NotAfter.ToUniversalTime());
        Assert.True(leaf.SerialNumberBytes.Length == 16 && leaf.SerialNumberBytes.Span[0] < 0x80);
        Assert.True(_key.Matches(leaf));
        var critical = leaf.Extensions.Where(e => e.Critical).Select(e => e.Oid!.Value);
        Assert.Equal(["2.5.29.15", "2.5.29.19", "2.5.29.17"], critical);
        Assert.Contains(leaf.Extensions, e => e.Oid!.Value == "2.5.29.35");
    }

    [Fact]
    public async Task Response_OfOwnRoot_VerifiesAndEndsInNewlines()
    {
        var response = await Create(Request(Cart), Token("shop", "cart"));

        Assert.Equal(2, response.CertChain.Count);
        Assert.All(response.CertChain, pem => Assert.EndsWith("\n", pem, StringComparison.Ordinal));
        var roots = CertificatePem.ParseChain(response.CertChain[1]);
        Assert.Null(CertificateChain.Verify(CertificatePem.Parse(response.CertChain[0]), [], roots,
            _clock.GetUtcNow()));
    }

    [Theory]
    [InlineData(0, 86_400)]
    [InlineData(-5, 86_400)]
    [InlineData(1, 1)]
    [InlineData(7_776_000, 7_776_000)]
    public async Task Validity_WithinTheMaximum_IsGiven(long asked, long seconds)
    {
        var response = await Create(Request(Cart, asked), Token("shop", "cart"));

        var leaf = CertificatePem.Parse(response.CertChain[0]);
        Assert.Equal(TimeSpan.FromSeconds(seconds + 120), leaf.NotAfter - leaf.NotBefore);
    }

    [Theory]
    [InlineData(7_776_001)]
    [InlineData(long.MaxValue)]
    public async Task Validity_AboveTheMaximum_IsRefused(long asked)
    {
        var error = await Assert.ThrowsAsync<CertificateRefusedException>(
            () => Create(Request(Cart, asked), Token("shop", "cart")));

        Assert.Equal(CertificateRefusal.InvalidArgument, error.Refusal);
    }

    [Fact]
    public async Task Request_WithSubject_GetsTheFirstNameAsCommonName()
    {
        using var ec =
            System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var csr = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=boss", ec, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSigningRequestPem();

        var response = await Create(new IstioCertificateRequest { Csr = csr }, Token("shop", "cart"));

        Assert.Equal($"CN={Cart}", CertificatePem.Parse(response.CertChain[0]).Subject);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a request")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n")]
    public async Task Request_ThatDoesNotParse_IsInvalid(string csr)
    {
        var error = await Assert.ThrowsAsync<CertificateRefusedException>(
            () => Create(new IstioCertificateRequest { Csr = csr }, Token("shop", "cart")));

        Assert.Equal(CertificateRefusal.InvalidArgument, error.Refusal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer nonsense")]
    [InlineData("Basic abc")]
    public async Task Caller_Unknown_IsRefusedWithTheReasonOnBothSides(string? authorization)
    {
        var error = await Assert.ThrowsAsync<CertificateRefusedException>(
            () => Create(Request(Cart), new CallerCredentials(authorization, "", [])));

        Assert.Equal(CertificateRefusal.Unauthenticated, error.Refusal);
        Assert.StartsWith("request authenticate failure", error.Message, StringComparison.Ordinal);
        Assert.Contains("JoinTokenAuthenticator:", error.Message, StringComparison.Ordinal);
        Assert.Contains("the caller is not known", _log.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("nonsense", error.Message + _log, StringComparison.Ordinal);
        Assert.Equal(1, _citadel.Metrics.AuthenticationFailures);
    }

    [Fact]
    public async Task Scheme_InLowerCase_IsRefusedAsIstioDoes()
    {
        var good = Token("shop", "cart");
        var lower = good with { Authorization = "b" + good.Authorization![1..] };

        await Assert.ThrowsAsync<CertificateRefusedException>(() => Create(Request(Cart), lower));
    }

    [Fact]
    public async Task Caller_WithItsCertificateAndABadToken_IsKnown()
    {
        var first = await Create(Request(Cart), Token("shop", "cart"));
        var credentials = new CallerCredentials("Bearer nonsense", "", [CertificatePem.Parse(first.CertChain[0])]);

        var second = await Create(Request("spiffe://cluster.local/ns/other/sa/x"), credentials);

        Assert.Equal([Cart], SubjectAlternativeNames.ReadUris(CertificatePem.Parse(second.CertChain[0])));
        Assert.Equal(2, _citadel.Metrics.Issued);
    }

    [Fact]
    public async Task Caller_WithAnExpiredCertificate_IsRefused()
    {
        var first = await Create(Request(Cart), Token("shop", "cart"));
        var credentials = new CallerCredentials(null, "", [CertificatePem.Parse(first.CertChain[0])]);
        _clock.Advance(TimeSpan.FromHours(25));

        var error = await Assert.ThrowsAsync<CertificateRefusedException>(() => Create(Request(Cart), credentials));

        Assert.Contains("expired", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Impersonation_ByAnOrdinaryWorkload_IsRefused()
    {
        var request = Request(Cart);
        request.Metadata = new Struct { Fields = { ["ImpersonatedIdentity"] = Value.ForString(Cart) } };

        var error = await Assert.ThrowsAsync<CertificateRefusedException>(() => Create(request, Token("shop", "cart")));

        Assert.Equal(CertificateRefusal.Unauthenticated, error.Refusal);
    }

    [Fact]
    public void Sign_WithAnExpiredSigner_IsRefused()
    {
        var bundle = _citadel.Authority.Bundle;

        var error = Assert.Throws<Security.PkiException>(() => Authority.WorkloadCertificate.Sign(
            bundle, _key.PublicKey, [new(SubjectAlternativeNameKind.Uri, Cart)], false, bundle.NotAfter,
                TimeSpan.FromHours(1)));

        Assert.Contains("expired", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sign_LongerThanTheSignerLives_IsCut()
    {
        var bundle = _citadel.Authority.Bundle;
        var now = bundle.NotAfter.AddHours(-1);

        using var leaf = Authority.WorkloadCertificate.Sign(
            bundle, _key.PublicKey, [new(SubjectAlternativeNameKind.Uri, Cart)], false, now, TimeSpan.FromHours(24));

        Assert.Equal(bundle.NotAfter, leaf.NotAfter.ToUniversalTime());
    }

    [Fact]
    public void Server_CertificateOfTheControlPlane_HasItsNamesAndVerifies()
    {
        var (pem, key) = _citadel.Authority.IssueServer(["istiod.istio-system.svc", "127.0.0.1"]);

        var leaf = CertificatePem.Parse(pem);
        Assert.True(key.Matches(leaf));
        Assert.Equal(
            [SubjectAlternativeNameKind.Dns, SubjectAlternativeNameKind.Ip],
            SubjectAlternativeNames.Read(leaf).Select(name => name.Kind));
        Assert.Null(CertificateChain.Verify(leaf, [], _citadel.Authority.Bundle.Roots, _clock.GetUtcNow()));
        key.Dispose();
    }

    public void Dispose()
    {
        _citadel.Dispose();
        _log.Dispose();
        _key.Dispose();
        _folder.Dispose();
    }

    private Task<IstioCertificateResponse> Create(IstioCertificateRequest request, CallerCredentials credentials) =>
        _citadel.Service.CreateCertificateAsync(request, credentials, CancellationToken.None);

    private IstioCertificateRequest Request(string name, long seconds = 0) => new()
    {
        Csr = CertificateSigningRequest.Create(_key, [new(SubjectAlternativeNameKind.Uri, name)]),
        ValidityDuration = seconds,
    };

    private CallerCredentials Token(string ns, string account) =>
        new($"Bearer {_citadel.JoinTokens.Issue(ns, account, TimeSpan.FromHours(1))}", "", []);
}
