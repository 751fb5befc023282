using System.Security.Cryptography.X509Certificates;
using Lateen.Core.Logging;
using Lateen.Security;
using Lateen.Security.Certificates;
using Lateen.Security.Keys;

namespace Lateen.Agent.Secrets;

/// <summary>Asks an authority to sign a request; answers with PEM texts, leaf first, roots last.</summary>
public delegate Task<IReadOnlyList<string>> SignRequest(string requestPem, CancellationToken cancel);

/// <summary>
/// Keeps the workload's certificate: makes a key and a request at the start, renews both before the certificate
/// expires, and serves them and files of certificates under Istio's names. A renewal that fails leaves the present
/// certificate in force and is tried again. Any thread may call.
/// </summary>
public sealed class SecretManager : IDisposable
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _shortestRotation = TimeSpan.FromMilliseconds(500);

    private readonly SecretOptions _options;
    private readonly SignRequest _sign;
    private readonly FileSecrets _files;
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly Logger _log;
    private readonly Backoff _backoff;
    private readonly SemaphoreSlim _oneRequest = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _rotation;
    private IssuedCertificate? _issued;
    private string _extraRootsPem = "";

    /// <summary>Nothing is asked for yet.</summary>
    public SecretManager(SecretOptions options, SignRequest sign, TimeProvider clock, Random random, Logger log)
    {
        _options = options;
        _sign = sign;
        _clock = clock;
        _random = random;
        _log = log;
        _backoff = new Backoff(_firstPause, _longestPause, random);
        _files = new FileSecrets(options.FileInterval, clock, log, OnFilesChanged);
        _rotation = clock.CreateTimer(
            _ => _ = RotateAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The secret of that name is another one now; called on any thread.</summary>
    public event Action<string>? Changed;

    /// <summary>When the present certificate ends; null while there is none.</summary>
    public DateTimeOffset? Expiry => Volatile.Read(ref _issued)?.Expiry;

    /// <summary>Requests sent to the authority, failed ones too.</summary>
    public long RequestCount { get; private set; }

    /// <summary>Requests that failed.</summary>
    public long FailureCount { get; private set; }

    /// <summary>Whether mounted files take the place of the authority.</summary>
    public bool UsesMountedFiles => _options.FilesOnly || (!WritesToMountedFolder
        && File.Exists(_options.MountedCertificate) && File.Exists(_options.MountedKey)
        && File.Exists(_options.MountedRoots));

    private bool WritesToMountedFolder => _options.OutputFolder.Length > 0
        && Path.GetFullPath(_options.OutputFolder)
            == Path.GetDirectoryName(Path.GetFullPath(_options.MountedCertificate));

    /// <summary>Gets the first certificate, trying until it is there or the token ends.</summary>
    public async Task WarmAsync(CancellationToken cancel)
    {
        if (UsesMountedFiles)
        {
            return;
        }
        var pauses = new Backoff(_firstPause, _longestPause, _random);
        while (true)
        {
            try
            {
                await GetIssuedAsync(cancel);
                return;
            }
            catch (SecretUnavailableException e)
            {
                var pause = pauses.Next();
                _log.Warn($"no certificate yet ({e.Message}); trying again in {pause.TotalSeconds:F1} s");
                await Task.Delay(pause, _clock, cancel);
            }
        }
    }

    /// <summary>The secret of that name; a name that is not known gives the workload's certificate, as in
    /// Istio.</summary>
    /// <exception cref="SecretUnavailableException">It cannot be had now.</exception>
    public async Task<ServedSecret> GetAsync(string name, CancellationToken cancel)
    {
        if (name.StartsWith(SecretNames.FileCertificatePrefix, StringComparison.Ordinal)
            || name.StartsWith(SecretNames.FileRootPrefix, StringComparison.Ordinal))
        {
            return _files.Get(name);
        }
        if (UsesMountedFiles)
        {
            return GetMounted(name);
        }
        var issued = await GetIssuedAsync(cancel);
        return name == SecretNames.Roots
            ? new ServedSecret(name, "", "", JoinRoots(issued.RootPem))
            : new ServedSecret(name, issued.ChainPem, issued.KeyPem, "");
    }

    /// <summary>More roots, from the control plane; those that do not parse are left out.</summary>
    public void SetExtraRoots(IEnumerable<string> pems)
    {
        var text = "";
        foreach (var pem in pems)
        {
            try
            {
                text += string.Concat(CertificatePem.ParseChain(pem).Select(CertificatePem.Write));
            }
            catch (PkiException e)
            {
                _log.Warn($"a root from the control plane cannot be used: {e.Message}");
            }
        }
        if (Interlocked.Exchange(ref _extraRootsPem, text) != text)
        {
            Changed?.Invoke(SecretNames.Roots);
            Changed?.Invoke(SecretNames.Workload);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _rotation.Dispose();
        _files.Dispose();
        _oneRequest.Dispose();
        _stop.Dispose();
    }

    private ServedSecret GetMounted(string name)
    {
        var file = name == SecretNames.Roots
            ? SecretNames.FileRootPrefix + _options.MountedRoots
            : $"{SecretNames.FileCertificatePrefix}{_options.MountedCertificate}~{_options.MountedKey}";
        return _files.Get(file) with { Name = name };
    }

    private void OnFilesChanged(string fileName)
    {
        Changed?.Invoke(fileName);
        if (UsesMountedFiles && fileName.EndsWith(_options.MountedRoots, StringComparison.Ordinal))
        {
            Changed?.Invoke(SecretNames.Roots);
        }
        else if (UsesMountedFiles && fileName.Contains(_options.MountedCertificate, StringComparison.Ordinal))
        {
            Changed?.Invoke(SecretNames.Workload);
        }
    }

    private async Task<IssuedCertificate> GetIssuedAsync(CancellationToken cancel)
    {
        var present = Volatile.Read(ref _issued);
        return present is not null && present.Expiry > _clock.GetUtcNow() ? present : await RenewAsync(present, cancel);
    }

    // One request at a time: who waited finds what the other got.
    private async Task<IssuedCertificate> RenewAsync(IssuedCertificate? old, CancellationToken cancel)
    {
        await _oneRequest.WaitAsync(cancel);
        IssuedCertificate issued;
        try
        {
            var present = Volatile.Read(ref _issued);
            if (present is not null && !ReferenceEquals(present, old))
            {
                return present;
            }
            issued = await RequestAsync(cancel);
            Volatile.Write(ref _issued, issued);
            _backoff.Reset();
        }
        finally
        {
            _oneRequest.Release();
        }
        WriteOutput(issued);
        ScheduleRotation(issued);
        if (old is not null)
        {
            if (old.RootPem != issued.RootPem)
            {
                Changed?.Invoke(SecretNames.Roots);
            }
            Changed?.Invoke(SecretNames.Workload);
        }
        return issued;
    }

    private async Task<IssuedCertificate> RequestAsync(CancellationToken cancel)
    {
        RequestCount++;
        try
        {
            using var key = PrivateKey.Generate(_options.Key);
            var request = CertificateSigningRequest.Create(
                key, [new SubjectAlternativeName(SubjectAlternativeNameKind.Uri, _options.Identity)]);
            var created = _clock.GetUtcNow();
            var chain = await _sign(request, cancel);
            if (chain.Count < 2)
            {
                throw new PkiException($"the authority answered {chain.Count} certificates, expected leaf and root");
            }
            using var leaf = CertificatePem.Parse(chain[0]);
            if (!key.Matches(leaf))
            {
                throw new PkiException("the authority answered a certificate for another key");
            }
            _log.Info($"got a certificate for {FirstUri(leaf)}, valid until {leaf.NotAfter.ToUniversalTime():u}");
            return new IssuedCertificate(
                string.Concat(chain.Select(PemText.EndLine)),
                key.ToPem(),
                PemText.EndLine(chain[^1]),
                created,
                leaf.NotAfter.ToUniversalTime());
        }
        catch (PkiException e)
        {
            FailureCount++;
            throw new SecretUnavailableException(e.Message, e);
        }
        catch (SecretUnavailableException)
        {
            FailureCount++;
            throw;
        }
    }

    private static string FirstUri(X509Certificate2 leaf) =>
        SubjectAlternativeNames.ReadUris(leaf).FirstOrDefault("(no identity)");

    private void ScheduleRotation(IssuedCertificate issued)
    {
        double spread;
        lock (_random)
        {
            spread = (_random.NextDouble() * 2 - 1) * _options.GracePeriodJitter;
        }
        var ratio = Math.Clamp(_options.GracePeriodRatio + spread, 0, 1);
        var life = issued.Expiry - issued.Created;
        var wait = issued.Expiry - _clock.GetUtcNow() - ratio * life;
        _rotation.Change(wait > _shortestRotation ? wait : _shortestRotation, Timeout.InfiniteTimeSpan);
    }

    private async Task RotateAsync()
    {
        try
        {
            await RenewAsync(Volatile.Read(ref _issued), _stop.Token);
        }
        catch (SecretUnavailableException e)
        {
            var pause = _backoff.Next();
            _log.Warn($"the certificate cannot be renewed ({e.Message}); it is valid until {Expiry:u}, "
                + $"trying again in {pause.TotalSeconds:F1} s");
            _rotation.Change(pause, Timeout.InfiniteTimeSpan);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The agent ends.
        }
    }

    private string JoinRoots(string rootPem)
    {
        var extra = Volatile.Read(ref _extraRootsPem);
        if (extra.Length == 0)
        {
            return rootPem;
        }
        var blocks = PemText.Read(rootPem + extra).Select(block => PemText.Write(block.Label, block.Bytes)).Distinct();
        return string.Concat(blocks);
    }

    private void WriteOutput(IssuedCertificate issued)
    {
        if (_options.OutputFolder.Length == 0)
        {
            return;
        }
        try
        {
            SecretFile.Write(Path.Combine(_options.OutputFolder, "key.pem"), issued.KeyPem);
            SecretFile.Write(Path.Combine(_options.OutputFolder, "cert-chain.pem"), issued.ChainPem);
            SecretFile.Write(Path.Combine(_options.OutputFolder, "root-cert.pem"), issued.RootPem);
        }
        catch (PkiException e)
        {
            _log.Error($"the certificate is in force but could not be kept: {e.Message}");
        }
    }
}
