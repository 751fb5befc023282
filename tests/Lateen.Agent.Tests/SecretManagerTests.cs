using Lateen.Agent.Secrets;
using Lateen.Citadel;
using Lateen.Core.Logging;
using Lateen.Security.Authentication;
using Lateen.Security.Certificates;
using Lateen.Security.Keys;
using Lateen.TestKit;

namespace Lateen.Agent.Tests;

/// <summary>The secret manager on virtual time, with a real authority behind a function.</summary>
public sealed class SecretManagerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly VirtualClock _clock = new();
    private readonly CitadelRuntime _citadel;
    private readonly List<string> _changed = [];
    private Func<Task>? _before;
    private readonly long _seconds = 600;
    private string? _otherRoot;

    public SecretManagerTests() => _citadel = CitadelRuntime.Open(
        new CitadelOptions { StateFolder = _folder.At("state"), PluggedInFolder = _folder.At("none") },
        [],
        _clock,
        new Random(1),
        LogSink.None);

    [Fact]
    public async Task Get_Twice_AsksTheAuthorityOnce()
    {
        using var manager = Create();

        var first = await manager.GetAsync("default", CancellationToken.None);
        var second = await manager.GetAsync("default", CancellationToken.None);
        var roots = await manager.GetAsync("ROOTCA", CancellationToken.None);

        Assert.Equal(first, second);
        Assert.Equal(_citadel.Authority.Bundle.RootPem, roots.TrustedCa);
        Assert.Equal(1, manager.RequestCount);
        using var key = PrivateKey.Parse(first.PrivateKey);
        Assert.Equal(KeyAlgorithm.Ecdsa, key.Algorithm);
        Assert.True(key.Matches(CertificatePem.Parse(first.CertificateChain)));
        Assert.Equal(2, CertificatePem.ParseChain(first.CertificateChain).Count);
    }

    [Fact]
    public async Task Get_FromManyAtOnce_AsksTheAuthorityOnce()
    {
        var gate = new TaskCompletionSource();
        _before = () => gate.Task;
        using var manager = Create();

        var all = Enumerable.Range(0, 8).Select(_ => manager.GetAsync("default", CancellationToken.None)).ToArray();
        gate.SetResult();
        var secrets = await Task.WhenAll(all);

        Assert.Single(secrets.Distinct());
        Assert.Equal(1, manager.RequestCount);
    }

    [Fact]
    public async Task UnknownName_GivesTheWorkloadCertificateUnderThatName()
    {
        using var manager = Create();

        var secret = await manager.GetAsync("kubernetes://other", CancellationToken.None);

        Assert.Equal("kubernetes://other", secret.Name);
        Assert.NotEmpty(secret.PrivateKey);
    }

    [Theory]
    [InlineData(0.5, 300)]
    [InlineData(0.2, 480)]
    [InlineData(0.8, 120)]
    public async Task Rotation_ByRatio_ComesAtItsMoment(double ratio, int seconds)
    {
        using var manager = Create(o => o with { GracePeriodRatio = ratio, GracePeriodJitter = 0 });
        await manager.GetAsync("default", CancellationToken.None);

        _clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        Assert.Equal(1, manager.RequestCount);
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(2, manager.RequestCount);
        Assert.Equal(["default"], _changed);
    }

    [Fact]
    public async Task Rotation_WithJitter_StaysWithinIt()
    {
        using var manager = Create(o => o with { GracePeriodJitter = 0.1 });
        await manager.GetAsync("default", CancellationToken.None);

        var wait = _clock.NextTimer!.Value.TotalSeconds;

        Assert.InRange(wait, 240, 360);
        Assert.NotEqual(300, wait);
    }

    [Fact]
    public async Task Rotation_ThatFails_KeepsTheCertificateAndTriesAgain()
    {
        using var manager = Create();
        var first = await manager.GetAsync("default", CancellationToken.None);
        _before = () => throw new SecretUnavailableException("the authority is away");
        _clock.Advance(TimeSpan.FromSeconds(310));
        var failures = manager.FailureCount;
        Assert.True(failures > 1, $"{failures} failures");
        Assert.Equal(first, await manager.GetAsync("default", CancellationToken.None));
        Assert.Empty(_changed);

        _before = null;
        _clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(["default"], _changed);
        Assert.NotEqual(first, await manager.GetAsync("default", CancellationToken.None));
    }

    [Fact]
    public async Task Rotation_FailingUntilTheEnd_ServesNoExpiredCertificate()
    {
        using var manager = Create();
        await manager.GetAsync("default", CancellationToken.None);
        _before = () => throw new SecretUnavailableException("the authority is away");

        _clock.Advance(TimeSpan.FromSeconds(601));

        await Assert.ThrowsAsync<SecretUnavailableException>(() => manager.GetAsync("default", CancellationToken.None));
    }

    [Fact]
    public async Task Rotation_WithAnotherRoot_TellsBothSecrets()
    {
        using var manager = Create();
        await manager.GetAsync("default", CancellationToken.None);
        _otherRoot = Citadel.Authority.SelfSignedRoot.Make(
            new CitadelOptions { StateFolder = "", TrustDomain = "two" }, _clock.GetUtcNow()).RootPem;

        _clock.Advance(TimeSpan.FromSeconds(310));

        Assert.Equal(["ROOTCA", "default"], _changed);
        Assert.Equal(_otherRoot, (await manager.GetAsync("ROOTCA", CancellationToken.None)).TrustedCa);
    }

    [Fact]
    public async Task ExtraRoots_AreAddedOnceEachAndGarbageIsLeftOut()
    {
        using var manager = Create();
        var own = (await manager.GetAsync("ROOTCA", CancellationToken.None)).TrustedCa;
        var other = Citadel.Authority.SelfSignedRoot.Make(
            new CitadelOptions { StateFolder = "", TrustDomain = "two" }, _clock.GetUtcNow()).RootPem;

        manager.SetExtraRoots([own, other, "not a certificate"]);

        Assert.Equal(own + other, (await manager.GetAsync("ROOTCA", CancellationToken.None)).TrustedCa);
        Assert.Equal(["ROOTCA", "default"], _changed);
        manager.SetExtraRoots([own, other]);
        Assert.Equal(2, _changed.Count);
        manager.SetExtraRoots([]);
        Assert.Equal(own, (await manager.GetAsync("ROOTCA", CancellationToken.None)).TrustedCa);
    }

    [Fact]
    public async Task Output_Folder_GetsEveryCertificate()
    {
        using var manager = Create(o => o with { OutputFolder = _folder.At("out") });

        var secret = await manager.GetAsync("default", CancellationToken.None);

        Assert.Equal(secret.PrivateKey, File.ReadAllText(_folder.At("out", "key.pem")));
        Assert.Equal(secret.CertificateChain, File.ReadAllText(_folder.At("out", "cert-chain.pem")));
        Assert.Equal(_citadel.Authority.Bundle.RootPem, File.ReadAllText(_folder.At("out", "root-cert.pem")));
    }

    [Fact]
    public async Task MountedFiles_TakeThePlaceOfTheAuthorityAndFollowChanges()
    {
        using var source = Create();
        var first = await source.GetAsync("default", CancellationToken.None);
        Mount(first);
        using var manager = Create(o => o with
        {
            MountedCertificate = _folder.At("cert-chain.pem"),
            MountedKey = _folder.At("key.pem"),
            MountedRoots = _folder.At("root-cert.pem"),
        });

        var mounted = await manager.GetAsync("default", CancellationToken.None);
        Assert.Equal(first.CertificateChain, mounted.CertificateChain);
        Assert.Equal(0, manager.RequestCount);

        _clock.Advance(TimeSpan.FromSeconds(400));
        var second = await source.GetAsync("default", CancellationToken.None);
        _changed.Clear();
        // The key comes first: half of a replacement is not served.
        File.WriteAllText(_folder.At("key.pem"), second.PrivateKey);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(_changed);
        File.WriteAllText(_folder.At("cert-chain.pem"), second.CertificateChain);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Contains("default", _changed);
        Assert.Equal(second.PrivateKey, (await manager.GetAsync("default", CancellationToken.None)).PrivateKey);
    }

    [Fact]
    public async Task FileRoot_Absent_CannotBeHad()
    {
        using var manager = Create();

        await Assert.ThrowsAsync<SecretUnavailableException>(
            () => manager.GetAsync("file-root:" + _folder.At("absent.pem"), CancellationToken.None));
    }

    public void Dispose()
    {
        _citadel.Dispose();
        _folder.Dispose();
    }

    private void Mount(ServedSecret secret)
    {
        _folder.Write("cert-chain.pem", secret.CertificateChain);
        _folder.Write("key.pem", secret.PrivateKey);
        _folder.Write("root-cert.pem", _citadel.Authority.Bundle.RootPem);
    }

    private SecretManager Create(Func<SecretOptions, SecretOptions>? change = null)
    {
        var options = new SecretOptions
        {
            Identity = "spiffe://cluster.local/ns/shop/sa/cart",
            GracePeriodJitter = 0,
            MountedCertificate = _folder.At("nothing"),
        };
        var manager = new SecretManager(
            change?.Invoke(options) ?? options, SignAsync, _clock, new Random(11), Logger.None);
        manager.Changed += _changed.Add;
        return manager;
    }

    private async Task<IReadOnlyList<string>> SignAsync(string request, CancellationToken cancel)
    {
        if (_before is not null)
        {
            await _before();
        }
        var token = _citadel.JoinTokens.Issue("shop", "cart", TimeSpan.FromMinutes(1));
        var response = await _citadel.Service.CreateCertificateAsync(
            new Istio.V1.Auth.IstioCertificateRequest { Csr = request, ValidityDuration = _seconds },
            new CallerCredentials($"Bearer {token}", "", []),
            cancel);
        return _otherRoot is null ? [.. response.CertChain] : [response.CertChain[0], _otherRoot];
    }
}
