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
    private GCHandle _self;
    private bool _disposed;

    static TlsContext()
    {
        if (LibCrypto.UsesOwnProvider)
        {
            LibCrypto.UseDirectKeys();
            KeyScheduleProvider.Load();
        }
    }

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
        nint context;
        fixed (byte* properties = KeyScheduleProvider.Query)
        {
            context = LibSsl.ContextNew(
                0, properties, _options.IsServer ? LibSsl.ServerMethod() : LibSsl.ClientMethod());
        }

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
        SetGroups(context);
        SetSignatures(context);
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
}
