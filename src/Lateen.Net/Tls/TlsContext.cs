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
    private readonly Dictionary<string, nint> _contextsByName = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(byte[] Sni, nint Session)> _sessions = [];
    private readonly byte[] _alpn;
    private GCHandle _self;
    private bool _disposed;

    /// <summary>Builds it.</summary>
    /// <exception cref="TlsConfigurationException">A certificate, key or parameter is of no use.</exception>
    public TlsContext(TlsContextOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _verified = new TlsVerifiedChains(options.Clock);
        _alpn = JoinAlpn(options.AlpnProtocols);
        _self = GCHandle.Alloc(this, GCHandleType.Weak);
        if (options.TrustedCaPem is { Length: > 0 } ca)
        {
            _trust = TlsTrustStore.FromPem(ca, options.CrlPem, options.CrlLeafOnly, options.AllowExpired);
        }

        foreach (var (domain, pem) in options.TrustBundles)
        {
            _bundles.Add(domain, TlsTrustStore.FromPem(pem, options.CrlPem, options.CrlLeafOnly, options.AllowExpired));
        }

        if (options.IsServer && options.Certificates.Count == 0)
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
        LibSsl.ContextSetOptions(
            context, LibSsl.OptionNoCompression | LibSsl.OptionNoRenegotiation | LibSsl.OptionServerPreference);
        fixed (byte* ciphers = Text(_options.CipherSuites.Length > 0 ? _options.CipherSuites : DefaultCiphers))
        {
            if (LibSsl.ContextSetCiphers(context, ciphers) != 1)
            {
                LibCrypto.ClearErrors();
                throw new TlsConfigurationException($"Failed to initialize cipher suites {_options.CipherSuites}");
            }
        }

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
        fixed (byte* p = pair.CertificateChainPem)
        {
            var bio = LibCrypto.BioNewMemory(p, pair.CertificateChainPem.Length);
            var leaf = LibCrypto.ReadCertificate(bio, 0, 0, 0);
            if (leaf == 0 || LibSsl.ContextUseCertificate(context, leaf) != 1)
            {
                LibCrypto.BioFree(bio);
                LibCrypto.ClearErrors();
                throw new TlsConfigurationException("Failed to load certificate chain from <inline>");
            }

            var info = TlsCertificateInfo.FromNative(leaf);
            LibCrypto.CertificateFree(leaf);
            LocalCertificate ??= info;
            IndexNames(context, info);
            for (var c = LibCrypto.ReadCertificate(bio, 0, 0, 0); c != 0; c = LibCrypto.ReadCertificate(bio, 0, 0, 0))
            {
                // The context takes the certificate over.
                LibSsl.ContextControl(context, LibSsl.CtrlExtraChainCert, 0, c);
            }

            LibCrypto.BioFree(bio);
            LibCrypto.ClearErrors();
        }

        UseKey(context, pair);
    }

    private static void UseKey(nint context, TlsKeyPair pair)
    {
        fixed (byte* p = pair.PrivateKeyPem)
        {
            fixed (byte* password = pair.Password is null ? [0] : Text(pair.Password))
            {
                var bio = LibCrypto.BioNewMemory(p, pair.PrivateKeyPem.Length);
                var key = LibCrypto.ReadKey(bio, 0, 0, password);
                LibCrypto.BioFree(bio);
                var ok = key != 0 && LibSsl.ContextUseKey(context, key) == 1 && LibSsl.ContextCheckKey(context) == 1;
                LibCrypto.KeyFree(key);
                LibCrypto.ClearErrors();
                if (!ok)
                {
                    throw new TlsConfigurationException("Failed to load private key from <inline>");
                }
            }
        }
    }

    private void IndexNames(nint context, TlsCertificateInfo info)
    {
        foreach (var name in info.NamesOf(TlsNameKind.Dns))
        {
            _contextsByName.TryAdd(Encoding.ASCII.GetString(name), context);
        }

        if (info.SubjectAltNames.Count == 0 && CommonName(info.Subject) is { } common)
        {
            _contextsByName.TryAdd(common, context);
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

    private void SetResumption(nint context)
    {
        if (_options.IsServer)
        {
            // Tickets only; their keys are the context's own, so nothing resumes across contexts.
            LibSsl.ContextControl(context, LibSsl.CtrlSessionCacheMode, LibSsl.SessionCacheOff, (nint)0);
            LibSsl.ContextSetTicketCount(context, _options.DisableTickets ? 0u : 1u);
            if (_options.DisableTickets)
            {
                LibSsl.ContextSetOptions(context, LibSsl.OptionNoTicket);
            }

            var id = stackalloc byte[1] { 1 };
            LibSsl.ContextSetSessionIdContext(context, id, 1);
            return;
        }

        if (_options.SessionsMax > 0)
        {
            LibSsl.ContextControl(
                context, LibSsl.CtrlSessionCacheMode, LibSsl.SessionCacheClient | LibSsl.SessionCacheNoInternal,
                    (nint)0);
            LibSsl.ContextSetData(context, 0, GCHandle.ToIntPtr(_self));
            LibSsl.ContextSetNewSessionCallback(context, &OnNewSession);
        }
    }

    private void SetCallbacks(nint context)
    {
        if (!_options.IsServer)
        {
            return;
        }

        if (_alpn.Length > 0)
        {
            LibSsl.ContextSetAlpnCallback(context, &OnSelectAlpn, GCHandle.ToIntPtr(_self));
        }

        if (_options.Certificates.Count > 1 && _contexts.Count == 0)
        {
            delegate* unmanaged<nint, int*, nint, int> callback = &OnServerName;
            LibSsl.ContextCallbackControl(context, LibSsl.CtrlServerNameCallback, (nint)callback);
            LibSsl.ContextControl(context, LibSsl.CtrlServerNameArgument, 0, GCHandle.ToIntPtr(_self));
        }
    }

    private static string? CommonName(byte[] subject)
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

    private static byte[] Text(byte[] text) => [.. text, 0];
}
