using System.Runtime.InteropServices;
using System.Text;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>What libssl asks during a handshake. These run on the worker's thread, inside SSL_do_handshake.</content>
public sealed unsafe partial class TlsContext
{
    /// <summary>The newest session made with this server name; the caller frees it after use. Zero: none.</summary>
    internal nint TakeSession(ReadOnlySpan<byte> sni)
    {
        for (var i = _sessions.Count - 1; i >= 0; i--)
        {
            if (sni.SequenceEqual(_sessions[i].Sni))
            {
                var session = _sessions[i].Session;
                _sessions.RemoveAt(i);
                return session;
            }
        }

        return 0;
    }

    private static TlsContext? FromArgument(nint argument) =>
        argument == 0 ? null : GCHandle.FromIntPtr(argument).Target as TlsContext;

    [UnmanagedCallersOnly]
    private static int OnNewSession(nint ssl, nint session)
    {
        if (FromArgument(LibSsl.ContextGetData(LibSsl.GetContext(ssl), 0)) is not { _disposed: false } context)
        {
            return 0;
        }

        var name = LibSsl.GetServerName(ssl, LibSsl.ServerNameHost);
        context._sessions.Add((MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name).ToArray(), session));
        if (context._sessions.Count > context._options.SessionsMax)
        {
            LibSsl.SessionFree(context._sessions[0].Session);
            context._sessions.RemoveAt(0);
        }

        return 1;
    }

    /// <summary>The first of the server's protocols that the client offered; none in common is no error.</summary>
    [UnmanagedCallersOnly]
    private static int OnSelectAlpn(nint ssl, byte** chosen, byte* chosenLength, byte* offered, uint offeredLength,
        nint argument)
    {
        if (FromArgument(argument) is not { } context)
        {
            return LibSsl.ExtensionNoAck;
        }

        var client = new ReadOnlySpan<byte>(offered, (int)offeredLength);
        var own = context._alpn.AsSpan();
        while (own.Length > 0)
        {
            var wanted = own.Slice(1, own[0]);
            for (var at = 0; at + 1 + client[at] <= client.Length; at += 1 + client[at])
            {
                if (client.Slice(at + 1, client[at]).SequenceEqual(wanted))
                {
                    *chosen = offered + at + 1;
                    *chosenLength = client[at];
                    return LibSsl.ExtensionOk;
                }

                if (at + 1 + client[at] == client.Length)
                {
                    break;
                }
            }

            own = own[(1 + own[0])..];
        }

        return LibSsl.ExtensionNoAck;
    }

    /// <summary>Exact name, then the name with its first label replaced by a wildcard, else the first
    /// certificate.</summary>
    [UnmanagedCallersOnly]
    private static int OnServerName(nint ssl, int* alert, nint argument)
    {
        var name = Marshal.PtrToStringUTF8((nint)LibSsl.GetServerName(ssl, LibSsl.ServerNameHost));
        if (name is null || FromArgument(argument) is not { } context)
        {
            return LibSsl.ExtensionOk;
        }

        var dot = name.IndexOf('.', StringComparison.Ordinal);
        if (context._contextsByName.TryGetValue(name, out var chosen)
            || (dot >= 0 && context._contextsByName.TryGetValue(string.Concat("*", name.AsSpan(dot)), out chosen)))
        {
            LibSsl.SetContext(ssl, chosen);
        }

        return LibSsl.ExtensionOk;
    }

    [UnmanagedCallersOnly]
    private static int OnVerify(nint storeContext, nint argument)
    {
        if (FromArgument(argument) is not { Current: { } session } context)
        {
            return 0;
        }

        // An exception must not cross native code; a certificate that cannot be judged is refused.
#pragma warning disable CA1031
        try
        {
            return context.VerifyPeer(storeContext, session) ? 1 : 0;
        }
        catch (Exception failure)
        {
            session.SetFailure(TlsFailureKind.Chain, failure.Message);
            return 0;
        }
#pragma warning restore CA1031
    }

    private bool VerifyPeer(nint storeContext, TlsSession session)
    {
        var leaf = LibCrypto.StoreContextCertificate(storeContext);
        if (leaf == 0)
        {
            session.SetFailure(TlsFailureKind.NoCertificate, "verify cert failed: empty cert chain");
            return false;
        }

        var key = KeyOf(leaf, LibCrypto.StoreContextUntrusted(storeContext));
        if (_verified.Find(key) is { } known)
        {
            session.SetPeer(known, true);
            LibCrypto.StoreContextSetError(storeContext, LibCrypto.VerifyOk);
            return true;
        }

        var info = TlsCertificateInfo.FromNative(leaf);
        var trusted = VerifyChain(storeContext, leaf, info, session);
        if (!trusted && !_options.AcceptUntrusted)
        {
            return false;
        }

        if (trusted && _options.Verifier is { } verifier)
        {
            var failure = verifier.Verify(info, out var reason);
            if (failure != TlsFailureKind.None)
            {
                session.SetFailure(failure, reason ?? "verify cert failed");
                LibCrypto.StoreContextSetError(storeContext, LibCrypto.VerifyErrorOther);
                return false;
            }
        }

        var validated = trusted && Verifies;
        session.ClearFailure();
        session.SetPeer(info, validated);
        if (validated)
        {
            _verified.Add(key, info, !_options.AllowExpired);
        }

        LibCrypto.StoreContextSetError(storeContext, LibCrypto.VerifyOk);
        return true;
    }

    private bool VerifyChain(nint storeContext, nint leaf, TlsCertificateInfo info, TlsSession session)
    {
        var store = _trust;
        if (_bundles.Count > 0)
        {
            if (info.IsCaLike)
            {
                session.SetFailure(TlsFailureKind.Chain, "verify cert failed: cert precheck");
                return false;
            }

            if (TrustDomainOf(info) is not { } domain || !_bundles.TryGetValue(domain, out store))
            {
                session.SetFailure(TlsFailureKind.Chain, "verify cert failed: no trust bundle store");
                return false;
            }
        }

        if (store is null)
        {
            return true;
        }

        var check = LibCrypto.StoreContextNew();
        LibCrypto.StoreContextInit(check, store.Handle, leaf, LibCrypto.StoreContextUntrusted(storeContext));
        fixed (byte* purpose = _options.IsServer ? "ssl_client\0"u8 : "ssl_server\0"u8)
        {
            LibCrypto.StoreContextSetDefault(check, purpose);
        }

        var ok = LibCrypto.Verify(check) == 1;
        if (!ok)
        {
            var error = LibCrypto.StoreContextError(check);
            var text = Marshal.PtrToStringUTF8((nint)LibCrypto.VerifyErrorText(error));
            session.SetFailure(
                TlsFailureKind.Chain,
                $"verify cert failed: X509_verify_cert: certificate verification error at depth "
                + $"{LibCrypto.StoreContextErrorDepth(check)}: {text}");
            LibCrypto.StoreContextSetError(storeContext, error);
        }

        LibCrypto.StoreContextFree(check);
        LibCrypto.ClearErrors();
        return ok;
    }

    /// <summary>Text between <c>spiffe://</c> and the next slash of the first URI name.</summary>
    private static string? TrustDomainOf(TlsCertificateInfo info)
    {
        foreach (var name in info.SubjectAltNames)
        {
            if (name.Kind != TlsNameKind.Uri)
            {
                continue;
            }

            var rest = name.Value.AsSpan();
            if (!rest.StartsWith("spiffe://"u8))
            {
                return null;
            }

            rest = rest["spiffe://"u8.Length..];
            var slash = rest.IndexOf((byte)'/');
            return slash < 0 ? null : Encoding.ASCII.GetString(rest[..slash]);
        }

        return null;
    }

    private static TlsVerifiedChains.ChainKey KeyOf(nint leaf, nint untrusted)
    {
        var bytes = TlsCertificateInfo.ReadDer(leaf);
        var count = untrusted == 0 ? 0 : LibCrypto.StackCount(untrusted);
        for (var i = 0; i < count; i++)
        {
            bytes = [.. bytes, .. TlsCertificateInfo.ReadDer(LibCrypto.StackValue(untrusted, i))];
        }

        var digest = MemoryMarshal.Cast<byte, ulong>(TlsCertificateInfo.Digest(bytes));
        return new TlsVerifiedChains.ChainKey(digest[0], digest[1], digest[2], digest[3]);
    }
}
