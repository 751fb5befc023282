using System.Runtime.InteropServices;
using System.Text;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>Whether the peer's certificate is good, asked by the library in the middle of a handshake.</content>
public sealed unsafe partial class TlsContext
{
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
        session.SetPeer(info, false);
        var trusted = VerifyChain(storeContext, leaf, info, session);
        if (!trusted && !_options.AcceptUntrusted)
        {
            return false;
        }

        session.AcceptedFailure = trusted ? TlsFailureKind.None : session.FailureKind;

        if (trusted && _options.Verifier is { } verifier)
        {
            var failure = verifier.Verify(info, out var reason);
            if (failure != TlsFailureKind.None && _options.AcceptUntrusted)
            {
                session.AcceptedFailure = failure;
                trusted = false;
            }
            else if (failure != TlsFailureKind.None)
            {
                session.SetFailure(failure, reason ?? "verify cert failed");
                LibCrypto.StoreContextSetError(storeContext, LibCrypto.VerifyErrorOther);
                return failure == TlsFailureKind.CertificateHash && session.TryDeferFailure(CanDeferFailures);
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
                LibCrypto.StoreContextSetError(storeContext, LibCrypto.VerifyErrorOther);
                return false;
            }

            if (TrustDomainOf(info) is not { } domain || !_bundles.TryGetValue(domain, out store))
            {
                session.SetFailure(TlsFailureKind.Chain, "verify cert failed: no trust bundle store");
                LibCrypto.StoreContextSetError(storeContext, LibCrypto.VerifyErrorOther);
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
            LibCrypto.StoreContextSetError(storeContext, _bundles.Count > 0 ? LibCrypto.VerifyErrorOther : error);
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
