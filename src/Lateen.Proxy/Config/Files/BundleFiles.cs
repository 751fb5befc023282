using Envoy.Extensions.TransportSockets.Tls.V3;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Config.Files;

/// <summary>
/// Files of SPIFFE trust bundles that stand in TLS contexts: when one changes, new connections are judged by what is in
/// it then. A file that cannot be used leaves what was before. Calls come under the configuration's lock.
/// </summary>
internal sealed class BundleFiles(ProxyResources resources, Lock configurationLock) : IDisposable
{
    private readonly FileWatcher _watcher = new();
    private readonly HashSet<string> _directories = [];
    private readonly List<Followed> _followed = [];

    /// <summary>The folder that a context wants watched for its bundles; null: none, then they stay what they
    /// were.</summary>
    public static string? DirectoryOf(CertificateValidationContext context)
    {
        if (context.CustomValidatorConfig is not { } validator
            || TypedConfigs.Open(validator.TypedConfig, out var bytes, out var fields)
                != "envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig")
        {
            return null;
        }
        var source = TypedConfigs.Read(SPIFFECertValidatorConfig.Parser, bytes, fields).TrustBundles;
        return string.IsNullOrEmpty(source?.Filename) || source.WatchedDirectory is not { Path.Length: > 0 } watched
            ? null
            : Path.GetFullPath(watched.Path);
    }

    /// <summary>Reads the file of a context anew whenever its folder changes, as long as the place is in use.</summary>
    public void Follow(SecretSlot<CertificateValidation> slot, CertificateValidationContext context)
    {
        if (DirectoryOf(context) is not { } directory)
        {
            return;
        }
        _followed.RemoveAll(entry => !entry.Slot.TryGetTarget(out var used) || ReferenceEquals(used, slot));
        _followed.Add(new Followed(directory, context, new WeakReference<SecretSlot<CertificateValidation>>(slot)));
        if (_directories.Add(directory))
        {
            _watcher.Watch(directory, () => Renew(directory));
        }
    }

    public void Dispose() => _watcher.Dispose();

    private void Renew(string directory)
    {
        lock (configurationLock)
        {
            foreach (var (watched, rules, weak) in _followed)
            {
                if (watched != directory || !weak.TryGetTarget(out var slot))
                {
                    continue;
                }
                var context = new DecodeContext { Resources = resources };
                var validation = TlsSecretDecoder.DecodeValidation(rules, "validation_context", context);
                if (context.Errors.Count == 0)
                {
                    TlsCheck.Check(validation, "validation_context", context);
                }
                if (context.Errors.Count == 0)
                {
                    slot.Current = validation;
                }
            }
        }
    }

    private sealed record Followed(
        string Directory, CertificateValidationContext Rules, WeakReference<SecretSlot<CertificateValidation>> Slot);
}
