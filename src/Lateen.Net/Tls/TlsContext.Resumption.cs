using System.Runtime.InteropServices;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>Session tickets, the session cache, key logs, stapling and the late refusal of TLS 1.3.</content>
public sealed unsafe partial class TlsContext
{
    internal const int HandshakeFailureAlert = 40;

    /// <summary>bad_certificate_hash_value (RFC 6066 §9).</summary>
    internal const int HashAlert = 114;

    private const int TicketKeyBytes = 80;
    private const int TicketNameBytes = 16;
    private const int TicketMacBytes = 32;
    private const int IvBytes = 16;
    private const int SessionCacheMax = 1024;

    /// <summary>A number that no extension has; it is never sent.</summary>
    private const uint RefusalExtension = 0xFE4C;

    private static readonly byte[] DigestKey = [.. "digest\0"u8];
    private static readonly byte[] DigestName = [.. "SHA256\0"u8];

    private static readonly byte[] AnySession = [1];

    /// <summary>A refusal can be told after the handshake's last message of the client, with any alert.</summary>
    private bool CanDeferFailures => IsServer && !_options.DisableTickets;

    private void SetResumption(nint context)
    {
        if (_options.SessionSeconds > 0)
        {
            LibSsl.ContextSetTimeout(context, (nint)_options.SessionSeconds);
        }

        if (_options.IsServer)
        {
            SetServerResumption(context);
            return;
        }

        if (_options.SessionsMax > 0)
        {
            LibSsl.ContextControl(
                context, LibSsl.CtrlSessionCacheMode, LibSsl.SessionCacheClient | LibSsl.SessionCacheNoInternal,
                    (nint)0);
            LibSsl.ContextSetNewSessionCallback(context, &OnNewSession);
        }
    }

    private void SetServerResumption(nint context)
    {
        // With keys of its own nothing resumes across contexts; given ones are made from what is in the context.
        var keepsSessions = _options.DisableTickets && !_options.DisableSessionCache;
        LibSsl.ContextControl(context, LibSsl.CtrlSessionCacheMode,
            keepsSessions ? LibSsl.SessionCacheServer : LibSsl.SessionCacheOff, (nint)0);
        LibSsl.ContextControl(context, LibSsl.CtrlSetSessionCacheSize, SessionCacheMax, (nint)0);
        LibSsl.ContextSetTicketCount(context, _options.DisableTickets ? 0u : 1u);
        if (_options.DisableTickets)
        {
            LibSsl.ContextSetOptions(context, LibSsl.OptionNoTicket);
        }
        else if (_ticketKeys.Count > 0)
        {
            LibSsl.ContextSetTicketCallback(context, &OnTicketKey);
        }

        fixed (byte* id = _options.SessionContext.Length > 0 ? _options.SessionContext : AnySession)
        {
            LibSsl.ContextSetSessionIdContext(context, id, (uint)Math.Max(1, _options.SessionContext.Length));
        }
    }

    private void SetCallbacks(nint context)
    {
        LibSsl.ContextSetData(context, 0, GCHandle.ToIntPtr(_self));
        if (_options.KeyLog is not null)
        {
            LibSsl.ContextSetKeyLog(context, &OnKeyLine);
        }

        if (_options.MaximumVersion >= LibSsl.Tls13)
        {
            LibSsl.ContextSetMessageCallback(context, &OnMessage);
        }

        if (!_options.IsServer)
        {
            return;
        }

        if (_alpn.Length > 0)
        {
            LibSsl.ContextSetAlpnCallback(context, &OnSelectAlpn, GCHandle.ToIntPtr(_self));
        }

        if (CanDeferFailures && _options.Verifier is not null)
        {
            delegate* unmanaged<nint, uint, uint, byte**, nuint*, nint, nuint, int*, nint,
                int> add = &OnTicketExtension;
            LibSsl.ContextAddExtension(context, RefusalExtension, LibSsl.ExtensionContextTicket, (nint)add, 0,
                GCHandle.ToIntPtr(_self), 0, 0);
        }

        if (_options.Certificates.Any(certificate => certificate.OcspStaple.Length > 0))
        {
            delegate* unmanaged<nint, nint, int> staple = &OnStatusRequest;
            LibSsl.ContextCallbackControl(context, LibSsl.CtrlStatusCallback, (nint)staple);
        }

        if (_contexts.Count == 0)
        {
            delegate* unmanaged<nint, int*, nint, int> callback = &OnServerName;
            LibSsl.ContextCallbackControl(context, LibSsl.CtrlServerNameCallback, (nint)callback);
            LibSsl.ContextSetHelloCallback(context, &OnClientHello, GCHandle.ToIntPtr(_self));
            LibSsl.ContextControl(context, LibSsl.CtrlServerNameArgument, 0, GCHandle.ToIntPtr(_self));
        }
    }

    private static TlsContext? FromSession(nint ssl) => FromArgument(LibSsl.ContextGetData(LibSsl.GetContext(ssl), 0));

    [UnmanagedCallersOnly]
    private static void OnKeyLine(nint ssl, byte* line)
    {
        if (FromSession(ssl) is { Current.LogsKeys: true, _options.KeyLog: { } log })
        {
            log([.. MemoryMarshal.CreateReadOnlySpanFromNullTerminated(line), (byte)'\n']);
        }
    }

    [UnmanagedCallersOnly]
    private static void OnMessage(
        int written, int version, int type, byte* bytes, nuint length, nint ssl, nint argument)
    {
        FromSession(ssl)?.Current?.Handover?.OnMessage(
            written == 1, type, new ReadOnlySpan<byte>(bytes, (int)length));
    }

    /// <summary>The last moment before a TLS 1.3 handshake of a server is done: a refusal that waited is
    /// told.</summary>
    [UnmanagedCallersOnly]
    private static int OnTicketExtension(
        nint ssl, uint type, uint where, byte** data, nuint* length, nint certificate, nuint index, int* alert,
        nint argument)
    {
        if (FromArgument(argument) is not { Current.HasDeferredFailure: true })
        {
            return 0;
        }

        *alert = HashAlert;
        return -1;
    }

    [UnmanagedCallersOnly]
    private static int OnStatusRequest(nint ssl, nint argument)
    {
        if (FromSession(ssl) is not { Current.Staple: { } staple })
        {
            return LibSsl.ExtensionNoAck;
        }

        // The library frees it.
        var copy = LibCrypto.Allocate((nuint)staple.Length, null, 0);
        staple.CopyTo(new Span<byte>((void*)copy, staple.Length));
        LibSsl.Control(ssl, LibSsl.CtrlStatusResponse, staple.Length, (byte*)copy);
        return LibSsl.ExtensionOk;
    }

    /// <summary>Key material of tickets: 16 bytes of name, 32 of HMAC-SHA-256, 32 of AES-256.</summary>
    [UnmanagedCallersOnly]
    private static int OnTicketKey(nint ssl, byte* name, byte* iv, nint cipher, nint mac, int encrypts)
    {
        if (FromSession(ssl) is not { } context)
        {
            return 0;
        }

        var keys = context._ticketKeys;
        for (var i = 0; i < (encrypts == 1 ? 1 : keys.Count); i++)
        {
            var key = keys[i];
            if (encrypts == 1)
            {
                key.AsSpan(0, TicketNameBytes).CopyTo(new Span<byte>(name, TicketNameBytes));
                if (LibCrypto.Random(iv, IvBytes) != 1)
                {
                    return -1;
                }
            }
            else if (!key.AsSpan(0, TicketNameBytes).SequenceEqual(new ReadOnlySpan<byte>(name, TicketNameBytes)))
            {
                continue;
            }

            // From TLS 1.3 on a ticket is for one connection, so each one that is used brings a new one.
            var renews = i > 0 || (encrypts == 0 && LibSsl.VersionNumber(ssl) >= LibSsl.Tls13);
            return !UseTicketKey(key, iv, cipher, mac, encrypts == 1) ? -1 : renews ? 2 : 1;
        }

        return 0;
    }

    private static bool UseTicketKey(byte[] key, byte* iv, nint cipher, nint mac, bool encrypts)
    {
        fixed (byte* k = key)
        {
            fixed (byte* digestKey = DigestKey)
            {
                fixed (byte* digest = DigestName)
                {
                    var parameters = stackalloc LibCrypto.OsslParameter[2];
                    parameters[0] = new LibCrypto.OsslParameter
                    {
                        Key = digestKey,
                        DataType = 4,
                        Data = digest,
                        Size = (nuint)(DigestName.Length - 1),
                    };
                    parameters[1] = default;
                    var aes = k + TicketNameBytes + TicketMacBytes;
                    return LibCrypto.MacInit(mac, k + TicketNameBytes, TicketMacBytes, parameters) == 1
                        && (encrypts
                            ? LibCrypto.EncryptInit(cipher, LibCrypto.Aes256Cbc(), 0, aes, iv)
                            : LibCrypto.DecryptInit(cipher, LibCrypto.Aes256Cbc(), 0, aes, iv)) == 1;
                }
            }
        }
    }
}
