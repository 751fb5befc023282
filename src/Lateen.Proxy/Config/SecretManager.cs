using Google.Protobuf;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Config.Files;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Stats;
using SecretProto = Envoy.Extensions.TransportSockets.Tls.V3.Secret;

namespace Lateen.Proxy.Config;

/// <summary>
/// Takes in secrets, wherever they come from. A bad one is refused and the last good one stays. Calls come one at a
/// time, under the configuration's lock.
/// </summary>
internal sealed class SecretManager : IDisposable
{
    private readonly ProxyResources _resources;
    private readonly TimeProvider _clock;
    private readonly SecretFiles _files;
    private readonly BundleFiles _bundles;

    public SecretManager(ProxyResources resources, TimeProvider clock, Lock configurationLock)
    {
        _resources = resources;
        _clock = clock;
        _files = new SecretFiles(configurationLock);
        _bundles = new BundleFiles(resources, configurationLock);
        resources.BundleFiles = _bundles;
    }

    /// <summary>The last good version of each, by key.</summary>
    public Dictionary<string, ResourceVersion> Versions { get; } = [];

    /// <summary>Takes in a secret that was discovered, or one of the bootstrap.</summary>
    public ResourceOutcome Apply(ByteString body, string version, DiscoverySource source, bool isStatic)
    {
        var secret = SecretProto.Parser.ParseFrom(body);
        var key = source.Scope(secret.Name);
        var context = new DecodeContext { Resources = _resources };
        Take(key, secret, context);
        if (context.Errors.Count > 0)
        {
            return new ResourceOutcome(secret.Name, context.Errors);
        }
        Versions[key] = new ResourceVersion(body, version, _clock.GetUtcNow());
        if (isStatic)
        {
            _resources.Secrets.StaticNames.Add(secret.Name);
        }
        else
        {
            _files.Follow(key, secret, () => Renew(key, secret, body));
        }
        return ResourceOutcome.Accepted(secret.Name);
    }

    public void Dispose()
    {
        _files.Dispose();
        _bundles.Dispose();
    }

    /// <summary>Files that the secret names have changed.</summary>
    private void Renew(string key, SecretProto secret, ByteString body)
    {
        if (!Versions.TryGetValue(key, out var held) || !held.Is(body))
        {
            return;
        }
        var context = new DecodeContext { Resources = _resources };
        Take(key, secret, context);
        if (context.Errors.Count > 0)
        {
            var scope = _resources.Stats.GetScope($"sds.{StatNames.Sanitize(secret.Name)}.", StatLayout.Empty);
            scope.AddFromMain(scope.GetOrAdd("key_rotation_failed"));
        }
    }

    private void Take(string key, SecretProto secret, DecodeContext context)
    {
        var table = _resources.Secrets;
        if (table.FindMisuse(key, secret.TypeCase) is { } misuse)
        {
            context.Error("", "SECRET", misuse);
            return;
        }
        switch (secret.TypeCase)
        {
            case SecretProto.TypeOneofCase.TlsCertificate:
                var certificate = TlsSecretDecoder.DecodeCertificate(
                    secret.TlsCertificate, "tls_certificate", context);
                if (certificate is not null)
                {
                    TlsCheck.Check(certificate, "tls_certificate", context);
                }
                if (context.Errors.Count == 0 && !Same(table.Certificates, key, certificate!))
                {
                    table.SetCertificate(
                        key, certificate!, _resources.SharedSecrets.CertificateOf(certificate!.CertificateChainPem));
                }
                break;
            case SecretProto.TypeOneofCase.ValidationContext:
                var validation = TlsSecretDecoder.DecodeValidation(
                    secret.ValidationContext, "validation_context", context, isPart: true);
                TlsCheck.Check(validation, "validation_context", context);
                if (context.Errors.Count == 0)
                {
                    table.SetValidation(key, validation, validation.TrustedCaPem.Length > 0
                        ? _resources.SharedSecrets.CertificateOf(validation.TrustedCaPem)
                        : null);
                }
                break;
            case SecretProto.TypeOneofCase.SessionTicketKeys:
                var keys = TlsSecretDecoder.DecodeTicketKeys(secret.SessionTicketKeys, "session_ticket_keys", context);
                if (context.Errors.Count == 0)
                {
                    table.SetTicketKeys(key, keys);
                }
                break;
            case SecretProto.TypeOneofCase.GenericSecret:
                if (DataSourceReader.Read(secret.GenericSecret.Secret, "generic_secret.secret", context) is { } bytes)
                {
                    table.SetGeneric(key, bytes);
                }
                break;
            default:
                context.Error("", "SECRET", "a secret needs a certificate or a validation context");
                break;
        }
    }

    /// <summary>Whether a certificate is the one that is in force: files may be touched without a change.</summary>
    private static bool Same(
        IReadOnlyDictionary<string, Tls.SecretSlot<Tls.TlsCertificate>> table, string key, Tls.TlsCertificate next) =>
        table.TryGetValue(key, out var slot) && slot.Current is { } current
        && current.CertificateChainPem.AsSpan().SequenceEqual(next.CertificateChainPem)
        && current.PrivateKeyPem.AsSpan().SequenceEqual(next.PrivateKeyPem)
        && current.OcspStaple.AsSpan().SequenceEqual(next.OcspStaple) && current.Pkcs12 is null && next.Pkcs12 is null;
}
