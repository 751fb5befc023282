using SecretProto = Envoy.Extensions.TransportSockets.Tls.V3.Secret;

namespace Lateen.Proxy.Config.Files;

/// <summary>
/// Files that secrets name: when their directory changes the secret is read anew. Calls come under the configuration's
/// lock, and so do those back.
/// </summary>
internal sealed class SecretFiles(Lock configurationLock) : IDisposable
{
    private readonly FileWatcher _watcher = new();
    private readonly HashSet<string> _watched = [];

    /// <summary>Follows the files that a secret names, wherever the secret itself came from.</summary>
    public void Follow(string key, SecretProto secret, Action again)
    {
        foreach (var directory in DirectoriesOf(secret))
        {
            if (_watched.Add($"{key}\0{directory}"))
            {
                _watcher.Watch(directory, () =>
                {
                    lock (configurationLock)
                    {
                        again();
                    }
                });
            }
        }
    }

    public void Dispose() => _watcher.Dispose();

    private static IEnumerable<string> DirectoriesOf(SecretProto secret)
    {
        var (watched, sources) = secret.TypeCase switch
        {
            SecretProto.TypeOneofCase.TlsCertificate => (
                secret.TlsCertificate.WatchedDirectory,
                new[] { secret.TlsCertificate.CertificateChain, secret.TlsCertificate.PrivateKey }),
            SecretProto.TypeOneofCase.ValidationContext => (
                secret.ValidationContext.WatchedDirectory,
                [secret.ValidationContext.TrustedCa, secret.ValidationContext.Crl]),
            _ => (null, []),
        };
        if (watched is null && secret.ValidationContext is { } rules && BundleFiles.DirectoryOf(rules) is { } bundles)
        {
            return [bundles];
        }
        return watched is not null
            ? [watched.Path]
            : sources.Where(source => !string.IsNullOrEmpty(source?.Filename))
                .Select(source => Path.GetDirectoryName(Path.GetFullPath(source.Filename)) ?? "/").Distinct();
    }
}
