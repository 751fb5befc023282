using Lateen.Citadel.Authority;
using Lateen.Core.Logging;
using Lateen.Security;
using Lateen.Security.Certificates;
using Lateen.TestKit;

namespace Lateen.Citadel.Tests;

public sealed class CaStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly VirtualClock _clock = new();

    private CitadelOptions Options => new()
    {
        TrustDomain = "acme.example",
        StateFolder = _folder.At("state"),
        PluggedInFolder = _folder.At("cacerts"),
    };

    [Fact]
    public void Load_FirstStart_MakesARootOfTheTrustDomain()
    {
        var (bundle, source) = new CaStore(Options, _clock).Load();

        Assert.Equal(CaSource.SelfSigned, source);
        Assert.Equal("O=acme.example", bundle.Certificate.Subject);
        Assert.True(bundle.IsSelfSigned);
        Assert.Equal(2048, bundle.Key.Bits);
        Assert.Equal(_clock.GetUtcNow().AddHours(87_600).ToUnixTimeSeconds(), bundle.NotAfter.ToUnixTimeSeconds());
        Assert.Equal(["keyCertSign"], CertificateFields.Read(bundle.Certificate).KeyUsage);
        var mode = File.GetUnixFileMode(_folder.At("state", "citadel", "ca-key.pem"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
    }

    [Fact]
    public void Load_SecondStart_UsesTheSameRoot()
    {
        var (first, _) = new CaStore(Options, _clock).Load();
        var (second, _) = new CaStore(Options, _clock).Load();

        Assert.Equal(first.RootPem, second.RootPem);
    }

    [Fact]
    public void Load_KeyOfTheRootGone_RefusesAndSaysWhatToDo()
    {
        new CaStore(Options, _clock).Load();
        File.Delete(_folder.At("state", "citadel", "ca-key.pem"));

        var error = Assert.Throws<PkiException>(() => new CaStore(Options, _clock).Load());

        Assert.Contains("restore the key", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PartOfThePluggedInFiles_Refuses()
    {
        _folder.Write("cacerts/ca-cert.pem", "x");

        var error = Assert.Throws<PkiException>(() => new CaStore(Options, _clock).Load());

        Assert.Contains("ca-key.pem, cert-chain.pem, root-cert.pem missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PluggedInFiles_AreUsedInsteadOfTheOwnRoot()
    {
        PlugIn(Options with { StateFolder = _folder.At("operator") });

        var (bundle, source) = new CaStore(Options, _clock).Load();

        Assert.Equal(CaSource.PluggedIn, source);
        Assert.Equal("O=operator.example", bundle.Certificate.Subject);
    }

    [Fact]
    public void Load_StateFolderCannotBeWritten_SaysWhichFile()
    {
        var options = Options with { StateFolder = _folder.Write("file", "in the way") };

        var error = Assert.Throws<PkiException>(() => new CaStore(options, _clock).Load());

        Assert.StartsWith("cannot write", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rotator_RootBeforeItsLastFifth_KeepsIt()
    {
        var (authority, rotator, metrics) = Rotate(TimeSpan.FromHours(87_600 * 0.79));

        Assert.Equal(0, authority.ReplacedCount);
        Assert.DoesNotContain("renewal_err_count 1", metrics, StringComparison.Ordinal);
        rotator.Dispose();
    }

    [Fact]
    public void Rotator_RootInItsLastFifth_RenewsWithTheSameKey()
    {
        var before = new CaStore(Options, _clock).Load().Bundle;

        var (authority, rotator, _) = Rotate(TimeSpan.FromHours(87_600 * 0.81));

        Assert.Equal(1, authority.ReplacedCount);
        var after = new CaStore(Options, _clock).Load().Bundle;
        Assert.Equal(before.Key.ToPem(), after.Key.ToPem());
        Assert.True(after.NotAfter > before.NotAfter);
        rotator.Dispose();
    }

    [Fact]
    public void Rotator_PluggedInFilesReplaced_PutsThemInForce()
    {
        PlugIn(Options with { StateFolder = _folder.At("operator") });
        var (authority, rotator, _) = Rotate(CaRotator.PluggedInInterval);
        Assert.Equal(0, authority.ReplacedCount);

        PlugIn(Options with { StateFolder = _folder.At("operator-two") });
        _clock.Advance(CaRotator.PluggedInInterval);

        Assert.Equal(1, authority.ReplacedCount);
        rotator.Dispose();
    }

    [Fact]
    public void Rotator_PluggedInFilesBroken_KeepsTheOldAndCounts()
    {
        PlugIn(Options with { StateFolder = _folder.At("operator") });
        var (authority, rotator, _) = Rotate(TimeSpan.Zero);
        File.WriteAllText(_folder.At("cacerts", "ca-key.pem"), "nonsense");

        _clock.Advance(CaRotator.PluggedInInterval);

        Assert.Equal(0, authority.ReplacedCount);
        Assert.True(authority.RenewalFailures() >= 1);
        rotator.Dispose();
    }

    public void Dispose() => _folder.Dispose();

    private void PlugIn(CitadelOptions options)
    {
        var other = options with { TrustDomain = "operator.example", PluggedInFolder = _folder.At("none") };
        var (bundle, _) = new CaStore(other, _clock).Load();
        _folder.Write("cacerts/ca-cert.pem", bundle.RootPem);
        _folder.Write("cacerts/ca-key.pem", bundle.Key.ToPem());
        _folder.Write("cacerts/cert-chain.pem", bundle.RootPem);
        _folder.Write("cacerts/root-cert.pem", bundle.RootPem);
    }

    private (Watched Authority, CaRotator Rotator, string Metrics) Rotate(TimeSpan after)
    {
        var store = new CaStore(Options, _clock);
        var (bundle, source) = store.Load();
        var metrics = new CitadelMetrics();
        var watched = new Watched(new CertificateAuthority(bundle, source, Options, _clock), metrics, _clock);
        var rotator = new CaRotator(
            watched.Authority, store, Options, metrics, _clock, new Random(7), Logger.None);
        // Only the renewal that is due counts: look once at the end instead of every hour of ten years.
        if (source == CaSource.SelfSigned)
        {
            rotator.Dispose();
        }
        _clock.Advance(after);
        rotator.Check();
        return (watched, rotator, watched.Text());
    }

    private sealed class Watched
    {
        private readonly CitadelMetrics _metrics;
        private readonly VirtualClock _clock;

        public Watched(CertificateAuthority authority, CitadelMetrics metrics, VirtualClock clock)
        {
            Authority = authority;
            _metrics = metrics;
            _clock = clock;
            authority.Replaced += _ => ReplacedCount++;
        }

        public CertificateAuthority Authority { get; }

        public int ReplacedCount { get; private set; }

        public string Text()
        {
            var text = new System.Text.StringBuilder();
            _metrics.Write(text, _clock.GetUtcNow());
            return text.ToString();
        }

        public int RenewalFailures()
        {
            var line = Text().Split('\n')
                .Single(l => l.StartsWith("citadel_server_root_cert_renewal_err_count", StringComparison.Ordinal));
            return int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
