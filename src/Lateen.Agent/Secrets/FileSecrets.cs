using System.Security.Cryptography;
using Lateen.Core.Logging;
using Lateen.Security;
using Lateen.Security.Certificates;
using Lateen.Security.Keys;

namespace Lateen.Agent.Secrets;

/// <summary>
/// Certificates and roots on files. Files that were asked for are looked at again in intervals, which also sees the
/// swapped links of Kubernetes; a change counts once certificate and key fit each other.
/// </summary>
internal sealed class FileSecrets : IDisposable
{
    private const int FileCountMax = 1024;

    private static readonly string[] _systemRoots =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _seen = [];
    private readonly Action<string> _changed;
    private readonly Logger _log;
    private readonly ITimer _timer;
    private readonly TimeSpan _interval;

    public FileSecrets(TimeSpan interval, TimeProvider clock, Logger log, Action<string> changed)
    {
        _interval = interval;
        _log = log;
        _changed = changed;
        _timer = clock.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Files that could not be read or did not fit.</summary>
    public long FailureCount { get; private set; }

    public ServedSecret Get(string name)
    {
        Watch(name, "");
        try
        {
            var secret = Read(name);
            Watch(name, Digest(secret));
            return secret;
        }
        catch (Exception e) when (e is PkiException or IOException or UnauthorizedAccessException)
        {
            FailureCount++;
            throw new SecretUnavailableException($"the secret {name} cannot be read: {e.Message}", e);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Watch(string name, string digest)
    {
        lock (_lock)
        {
            if (!_seen.ContainsKey(name) && _seen.Count == FileCountMax)
            {
                throw new SecretUnavailableException($"more than {FileCountMax} files of secrets are asked for");
            }
            if (_seen.Count == 0)
            {
                _timer.Change(_interval, _interval);
            }
            _seen[name] = digest.Length > 0 ? digest : _seen.GetValueOrDefault(name, "");
        }
    }

    private void Look()
    {
        KeyValuePair<string, string>[] watched;
        lock (_lock)
        {
            watched = [.. _seen];
        }
        foreach (var (name, digest) in watched)
        {
            try
            {
                var now = Digest(Read(name));
                if (now == digest)
                {
                    continue;
                }
                Watch(name, now);
                _log.Info($"the files of {name} changed");
                _changed(name);
            }
            catch (Exception e) when (e is PkiException or IOException or UnauthorizedAccessException)
            {
                // Half of a replacement, or the files are gone: what was served stays; the next look sees more.
                FailureCount++;
            }
        }
    }

    private static ServedSecret Read(string name)
    {
        if (name.StartsWith(SecretNames.FileRootPrefix, StringComparison.Ordinal))
        {
            var path = name[SecretNames.FileRootPrefix.Length..];
            var file = path == "system" ? Array.Find(_systemRoots, File.Exists) ?? _systemRoots[0] : path;
            var roots = File.ReadAllText(file);
            CertificatePem.Parse(roots).Dispose();
            return new ServedSecret(name, "", "", roots);
        }
        var paths = name[SecretNames.FileCertificatePrefix.Length..].Split('~');
        if (paths.Length < 2)
        {
            throw new PkiException("the name must hold two paths, of certificate and key");
        }
        var chain = File.ReadAllText(paths[0]);
        var keyText = File.ReadAllText(paths[1]);
        using var key = PrivateKey.Parse(keyText);
        using var leaf = CertificatePem.Parse(chain);
        if (!key.Matches(leaf))
        {
            throw new PkiException("the certificate does not match the key");
        }
        return new ServedSecret(name, chain, keyText, "");
    }

    private static string Digest(ServedSecret secret) => Convert.ToHexString(SHA256.HashData(
        System.Text.Encoding.UTF8.GetBytes(secret.CertificateChain + secret.PrivateKey + secret.TrustedCa)));
}
