using Lateen.Net;
using Lateen.Proxy.Discovery;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tls;
using Kind = Envoy.Extensions.TransportSockets.Tls.V3.Secret.TypeOneofCase;

namespace Lateen.Proxy.Config;

/// <summary>Secrets that come by SDS or stand in the bootstrap, by name.</summary>
internal sealed class SecretTable
{
    private readonly Dictionary<string, SecretSlot<TlsCertificate>> _certificates = [];
    private readonly Dictionary<string, SecretSlot<CertificateValidation>> _validations = [];
    private readonly Dictionary<string, SecretSlot<byte[]>> _generics = [];
    private readonly GenericSecretTable _discovered = new();

    // One place for all that name the same secret and have the same rules.
    private readonly Dictionary<CombinedKey, WeakReference<SecretSlot<CertificateValidation>>> _combined = [];

    private readonly Dictionary<string, SecretSlot<byte[][]>> _ticketKeys = [];
    private readonly List<(object Slot, WeakReference<TlsFactoryStats> Stats)> _users = [];

    /// <summary>Names of the secrets of the bootstrap.</summary>
    public HashSet<string> StaticNames { get; } = [];

    public IReadOnlyDictionary<string, SecretSlot<TlsCertificate>> Certificates => _certificates;

    public IReadOnlyDictionary<string, SecretSlot<CertificateValidation>> Validations => _validations;

    /// <summary>The place of a certificate, by the name that its source keeps it under.</summary>
    public SecretSlot<TlsCertificate> GetCertificate(string name, DiscoverySource? source = null)
    {
        if (!_certificates.TryGetValue(name, out var slot))
        {
            _certificates.Add(
                name, slot = new SecretSlot<TlsCertificate>(DiscoverySource.Unscope(name), source));
        }
        slot.Source ??= source;
        return slot;
    }

    /// <summary>The place of a secret that is any bytes. A discovered one is kept as long as something holds
    /// it.</summary>
    public SecretSlot<byte[]> GetGeneric(string name, DiscoverySource? source = null)
    {
        if (source is not null)
        {
            return _discovered.Get(name, source);
        }
        if (!_generics.TryGetValue(name, out var slot))
        {
            _generics.Add(name, slot = new SecretSlot<byte[]>(name));
        }
        return slot;
    }

    /// <summary>Secrets of any bytes that are to be discovered.</summary>
    public IEnumerable<SecretSlot<byte[]>> WantedGenerics => _discovered.Held;

    public void SetGeneric(string name, byte[] bytes)
    {
        GetGeneric(name).Current = bytes;
        _discovered.Set(name, bytes);
    }

    /// <summary>The place of a validation, by the name that its source keeps it under.</summary>
    public SecretSlot<CertificateValidation> GetValidation(string name, DiscoverySource? source = null)
    {
        if (!_validations.TryGetValue(name, out var slot))
        {
            _validations.Add(
                name, slot = new SecretSlot<CertificateValidation>(DiscoverySource.Unscope(name), source));
        }
        slot.Source ??= source;
        return slot;
    }

    /// <summary>The place of keys of session tickets, by the name that its source keeps it under.</summary>
    public SecretSlot<byte[][]> GetTicketKeys(string name, DiscoverySource? source = null)
    {
        if (!_ticketKeys.TryGetValue(name, out var slot))
        {
            _ticketKeys.Add(name, slot = new SecretSlot<byte[][]>(DiscoverySource.Unscope(name), source));
        }
        slot.Source ??= source;
        return slot;
    }

    /// <summary>Contexts that use a secret count its changes.</summary>
    public void AddUser(object slot, TlsFactoryStats stats) =>
        _users.Add((slot, new WeakReference<TlsFactoryStats>(stats)));

    public void SetCertificate(string name, TlsCertificate certificate, TlsCertificateInfo? info = null) =>
        Set(GetCertificate(name), certificate, info);

    public void SetTicketKeys(string name, byte[][] keys) => Set(GetTicketKeys(name), keys, null);

    /// <summary>
    /// A validation whose rules stand in the configuration and whose authorities come by SDS; it follows the secret.
    /// </summary>
    public SecretSlot<CertificateValidation> GetCombined(
        string name, CertificateValidation basis, DiscoverySource? source = null)
    {
        var key = new CombinedKey(name, basis);
        if (_combined.TryGetValue(key, out var known) && known.TryGetTarget(out var same))
        {
            return same;
        }
        var slot = new SecretSlot<CertificateValidation>(DiscoverySource.Unscope(name), source);
        _combined[key] = new WeakReference<SecretSlot<CertificateValidation>>(slot);
        if (_validations.TryGetValue(name, out var held) && held.Current is { } current)
        {
            slot.Current = Combine(basis, current);
        }
        return slot;
    }

    /// <summary>Takes over an arrived or rotated validation.</summary>
    public void SetValidation(string name, CertificateValidation validation, TlsCertificateInfo? info = null)
    {
        Set(GetValidation(name), validation, info);
        foreach (var gone in _combined.Where(entry => !entry.Value.TryGetTarget(out _)).ToArray())
        {
            _combined.Remove(gone.Key);
        }
        foreach (var (key, weak) in _combined)
        {
            if (key.Name == name && weak.TryGetTarget(out var slot))
            {
                slot.Current = Combine(key.Basis, validation);
            }
        }
    }

    /// <summary>Why a secret cannot be what discovery asks for under its name; null: it can.</summary>
    public string? FindMisuse(string name, Kind kind)
    {
        if (kind != Kind.TlsCertificate && _certificates.TryGetValue(name, out var slot) && slot.Source is not null)
        {
            // A certificate without anything in it, as Envoy reads it.
            return "Failed to load incomplete private key from path: ";
        }
        if (kind != Kind.ValidationContext && _validations.TryGetValue(name, out var rules) && rules.Source is not null)
        {
            return "a validation context is asked for";
        }
        return kind != Kind.SessionTicketKeys && _ticketKeys.TryGetValue(name, out var keys) && keys.Source is not null
            ? "session ticket keys are asked for"
            : null;
    }

    /// <summary>Ends the wait for a secret of this name, whatever its kind.</summary>
    public void GiveUp(string name)
    {
        if (_certificates.TryGetValue(name, out var certificate))
        {
            certificate.IsGivenUp = true;
        }
        if (_validations.TryGetValue(name, out var validation))
        {
            validation.IsGivenUp = true;
        }
        if (_ticketKeys.TryGetValue(name, out var keys))
        {
            keys.IsGivenUp = true;
        }
        _discovered.GiveUp(name);
        foreach (var (key, weak) in _combined)
        {
            if (key.Name == name && weak.TryGetTarget(out var slot))
            {
                slot.IsGivenUp = true;
            }
        }
    }

    /// <summary>Whether a secret of this name, of either kind, has arrived.</summary>
    public bool Has(string name)
    {
        return (_certificates.TryGetValue(name, out var certificate) && certificate.Current is not null)
            || (_validations.TryGetValue(name, out var validation) && validation.Current is not null);
    }

    private void Set<T>(SecretSlot<T> slot, T value, TlsCertificateInfo? info)
        where T : class
    {
        slot.Current = value;
        _users.RemoveAll(user => !user.Stats.TryGetTarget(out _));
        foreach (var (used, weak) in _users)
        {
            if (ReferenceEquals(used, slot) && weak.TryGetTarget(out var stats))
            {
                stats.Scope.AddFromMain((int)TlsFactoryStat.SslContextUpdateBySds);
                if (info is not null)
                {
                    stats.SetExpiration(StatNames.Sanitize(slot.Name), info.NotAfter);
                }
            }
        }
    }

    private static CertificateValidation Combine(CertificateValidation basis, CertificateValidation secret) => new()
    {
        TrustedCaPem = secret.TrustedCaPem.Length > 0 ? secret.TrustedCaPem : basis.TrustedCaPem,
        TrustedCaOrigin = secret.TrustedCaPem.Length > 0 ? secret.TrustedCaOrigin : basis.TrustedCaOrigin,
        CrlPem = secret.CrlPem.Length > 0 ? secret.CrlPem : basis.CrlPem,
        SubjectAltNames = [.. basis.SubjectAltNames, .. secret.SubjectAltNames],
        SpkiHashes = [.. basis.SpkiHashes, .. secret.SpkiHashes],
        CertificateHashes = [.. basis.CertificateHashes, .. secret.CertificateHashes],
        AllowExpiredCertificate = basis.AllowExpiredCertificate || secret.AllowExpiredCertificate,
        AcceptUntrusted = basis.AcceptUntrusted || secret.AcceptUntrusted,
        VerifyDepthMax = secret.VerifyDepthMax >= 0 ? secret.VerifyDepthMax : basis.VerifyDepthMax,
        OnlyVerifyLeafCertificateCrl = basis.OnlyVerifyLeafCertificateCrl || secret.OnlyVerifyLeafCertificateCrl,
        TrustBundles = secret.TrustBundles.Length > 0 ? secret.TrustBundles : basis.TrustBundles,
    };

    private sealed record CombinedKey(string Name, CertificateValidation Basis);
}
