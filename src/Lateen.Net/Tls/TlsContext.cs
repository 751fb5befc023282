using System.Runtime.InteropServices;
using System.Text;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>
/// A TLS context of one worker, server or client. Immutable once made: a rotated certificate or trust bundle is a new
/// context, and connections keep the one they began with. Free it with <see cref="Dispose"/>; the native memory lives
/// on until the last connection has ended.
/// </summary>
public sealed unsafe partial class TlsContext : IDisposable
{
    private const string DefaultCiphers =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256:"
        + "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";

    private const string DefaultGroups = "X25519:P-256";

    private readonly TlsContextOptions _options;
#pragma warning disable CA2213 // The trust store is freed by the finalizer: handshakes under way may still ask it.
    private readonly TlsTrustStore? _trust;
#pragma warning restore CA2213
    private readonly Dictionary<string, TlsTrustStore> _bundles = [];
    private readonly TlsVerifiedChains _verified;
    private readonly List<nint> _contexts = [];
    private readonly List<TlsLoadedCertificate> _certificates = [];
    private readonly Dictionary<string, NamedCertificates> _byName = new(StringComparer.Ordinal);
    private readonly List<(byte[] Sni, nint Session)> _sessions = [];
    private readonly List<byte[]> _ticketKeys = [];
    private readonly byte[] _alpn;
    private byte[]? _chaChaFirst;
    private GCHandle _self;
    private bool _disposed;

    static TlsContext() => LibCrypto.UseDirectKeys();

    /// <summary>Builds it. With <paramref name="allowsNoCertificate"/> a server may be tried without.</summary>
    /// <exception cref="TlsConfigurationException">A certificate, key or parameter is of no use.</exception>
    public TlsContext(TlsContextOptions options, bool allowsNoCertificate = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _verified = new TlsVerifiedChains(options.Clock);
        _alpn = JoinAlpn(options.AlpnProtocols);
        _self = GCHandle.Alloc(this, GCHandleType.Weak);
        if (options.TrustedCaPem is { Length: > 0 } ca)
        {
            _trust = TlsTrustStore.FromPem(ca, options);
        }

        foreach (var (domain, pem) in options.TrustBundles)
        {
            _bundles.Add(domain, TlsTrustStore.FromPem(pem, options));
        }

        if (options.TicketKeys.Any(key => key.Length != TicketKeyBytes))
        {
            throw new TlsConfigurationException("Incorrect TLS session ticket key length");
        }

        _ticketKeys.AddRange(options.TicketKeys);
        if (options.IsServer && options.Certificates.Count == 0 && !allowsNoCertificate)
        {
            throw new TlsConfigurationException("Server TlsCertificates must have a certificate specified");
        }

        for (var i = 0; i < Math.Max(1, options.Certificates.Count); i++)
        {
            _contexts.Add(BuildNative(i < options.Certificates.Count ? options.Certificates[i] : null));
        }
    }

    /// <summary>Server or client.</summary>
    public bool IsServer => _options.IsServer;

    /// <summary>The first own certificate; null for a client without one.</summary>
    public TlsCertificateInfo? LocalCertificate { get; private set; }

    /// <summary>ALPN names in wire form.</summary>
    internal ReadOnlySpan<byte> Alpn => _alpn;

    internal nint Handle => _contexts[0];

    /// <summary>Whether a peer that got through was checked against anything.</summary>
    internal bool Verifies => _trust is not null || _bundles.Count > 0 || _options.Verifier is not null;

    /// <summary>The session whose handshake runs at this moment, for the library's call-backs.</summary>
    internal TlsSession? Current { get; set; }

    /// <summary>Begins a session; for clients with the server name to send and an ALPN list other than the
    /// context's.</summary>
    public TlsSession CreateSession(EventLoop loop, ReadOnlySpan<byte> sni = default, ReadOnlySpan<byte> alpn = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new TlsSession(this, loop, sni, alpn.IsEmpty ? _alpn : alpn);
    }

    /// <summary>ALPN names in wire form: each with its length in front.</summary>
    public static byte[] JoinAlpn(IReadOnlyList<byte[]> protocols)
    {
        var joined = new List<byte>();
        foreach (var protocol in protocols)
        {
            if (protocol.Length is > 0 and < 256)
            {
                joined.Add((byte)protocol.Length);
                joined.AddRange(protocol);
            }
        }

        return [.. joined];
    }

    /// <inheritdoc/>
#pragma warning disable CA1816 // The finalizer has work of its own, see _trust.
    public void Dispose()
#pragma warning restore CA1816
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        foreach (var (_, session) in _sessions)
        {
            LibSsl.SessionFree(session);
        }

        _sessions.Clear();

        foreach (var context in _contexts)
        {
            LibSsl.ContextFree(context);
        }

        // Handshakes that are under way hold this object through their session; the stores stay until then.
        GC.KeepAlive(this);
    }

    /// <summary>Frees what handshakes may have needed to the last.</summary>
    ~TlsContext()
    {
        _trust?.Dispose();
        foreach (var bundle in _bundles.Values)
        {
            bundle.Dispose();
        }

        if (_self.IsAllocated)
        {
            _self.Free();
        }
    }

    private nint BuildNative(TlsKeyPair? pair)
    {
        var context = LibSsl.ContextNew(_options.IsServer ? LibSsl.ServerMethod() : LibSsl.ClientMethod());
        if (context == 0)
        {
            throw new TlsConfigurationException(TlsErrors.Take());
        }

        try
        {
            SetParameters(context);
            if (pair is not null)
            {
                UseCertificate(context, pair);
            }

            SetVerification(context);
            SetResumption(context);
            SetCallbacks(context);
            return context;
        }
        catch (TlsConfigurationException)
        {
            LibSsl.ContextFree(context);
            throw;
        }
    }

    private void SetParameters(nint context)
    {
        LibSsl.ContextControl(context, LibSsl.CtrlSetMinVersion, _options.MinimumVersion, (nint)0);
        LibSsl.ContextControl(context, LibSsl.CtrlSetMaxVersion, _options.MaximumVersion, (nint)0);
        LibSsl.ContextControl(
            context, LibSsl.CtrlMode, LibSsl.ModePartialWrite | LibSsl.ModeMovingBuffer | LibSsl.ModeReleaseBuffers,
                (nint)0);
        LibSsl.ContextSetOptions(context, LibSsl.OptionNoCompression | LibSsl.OptionNoRenegotiation
            | (_options.PreferClientCiphers ? 0 : LibSsl.OptionServerPreference));
        SetCiphers(context);
        fixed (byte* groups = Text(_options.Groups.Length > 0 ? _options.Groups : DefaultGroups))
        {
            if (LibSsl.ContextControl(context, LibSsl.CtrlSetGroupsList, 0, groups) != 1)
            {
                LibCrypto.ClearErrors();
                throw new TlsConfigurationException($"Failed to initialize ECDH curves {_options.Groups}");
            }
        }
    }

    private void UseCertificate(nint context, TlsKeyPair pair)
    {
        var loaded = TlsCertificateLoader.Load(context, pair, IsServer);
        LocalCertificate ??= loaded.Info;
        if (IsServer && loaded.Staple is null
            && (_options.OcspPolicy == TlsOcspPolicy.Must || loaded.Info.MustStaple))
        {
            throw new TlsConfigurationException(loaded.Info.MustStaple
                ? "OCSP response is required for must-staple certificate"
                : "Required OCSP response is missing from TLS context");
        }

        _certificates.Add(loaded);
        IndexNames(loaded);
    }

    /// <summary>Groups in brackets are of equal rank: the client's order decides. They are used for ChaCha20 only, so a
    /// client that prefers it gets a list with it in front.</summary>
    private void SetCiphers(nint context)
    {
        var wanted = _options.CipherSuites.Length > 0 ? _options.CipherSuites : DefaultCiphers;
        var names = wanted.Split([':', '|', '[', ']'], StringSplitOptions.RemoveEmptyEntries);
        var rejected = names.Where(name => IsForeign(name) || !TrySetCiphers(context, name)).ToArray();
        var old = _options.MinimumVersion < 0x0303 ? ":@SECLEVEL=0" : "";
        if (_options.CipherSuites.Length == 0 || wanted.Contains('[', StringComparison.Ordinal))
        {
            _chaChaFirst = Text(string.Join(':', names.OrderBy(
                name => name.Contains("CHACHA20", StringComparison.Ordinal) ? 0 : 1)) + old);
        }

        if (rejected.Length > 0 || !TrySetCiphers(context, string.Join(':', names) + old))
        {
            throw new TlsConfigurationException($"Failed to initialize cipher suites {wanted}. The following ciphers "
                + $"were rejected when tried individually: {string.Join(", ", rejected)}");
        }
    }

    /// <summary>Suites that this library has and Envoy's has not.</summary>
    private static bool IsForeign(string name) =>
        name.StartsWith("DHE-", StringComparison.Ordinal) || name.StartsWith("ADH-", StringComparison.Ordinal)
        || name.Contains("CCM", StringComparison.Ordinal) || name.Contains("CAMELLIA", StringComparison.Ordinal)
        || name.Contains("ARIA", StringComparison.Ordinal);

    private static bool TrySetCiphers(nint context, string list)
    {
        fixed (byte* ciphers = Text(list))
        {
            var ok = LibSsl.ContextSetCiphers(context, ciphers) == 1;
            LibCrypto.ClearErrors();
            return ok;
        }
    }

    private void SetVerification(nint context)
    {
        if (!_options.IsServer)
        {
            LibSsl.ContextSetVerify(context, Verifies ? LibSsl.VerifyPeer : LibSsl.VerifyNone, 0);
        }
        else if (_options.RequestCertificate || _options.RequireCertificate)
        {
            LibSsl.ContextSetVerify(
                context, LibSsl.VerifyPeer | (_options.RequireCertificate ? LibSsl.VerifyFailIfNoCertificate : 0), 0);
            foreach (var anchor in _trust?.Anchors ?? [])
            {
                LibSsl.ContextAddClientCa(context, anchor);
            }
        }

        LibSsl.ContextSetVerifyCallback(context, &OnVerify, GCHandle.ToIntPtr(_self));
    }

    internal static string? CommonName(byte[] subject)
    {
        foreach (var part in Encoding.UTF8.GetString(subject).Split(','))
        {
            if (part.StartsWith("CN=", StringComparison.Ordinal))
            {
                return part[3..];
            }
        }

        return null;
    }

    private static byte[] Text(string text) => [.. Encoding.ASCII.GetBytes(text), 0];

}
