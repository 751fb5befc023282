using System.Text;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>What a context takes part with: suites, groups and signature algorithms.</content>
public sealed unsafe partial class TlsContext
{
    private const string DefaultCiphers =
        "[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]:"
        + "[ECDHE-RSA-AES128-GCM-SHA256|ECDHE-RSA-CHACHA20-POLY1305]:"
        + "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";

    private const string DefaultGroups = "X25519:P-256";

    /// <summary>What <c>FIPS_202205</c> leaves, whatever else is configured.</summary>
    private const string FipsCiphers =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
        + "ECDHE-RSA-AES256-GCM-SHA384";

    private const string FipsSignatures =
        "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512:ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:"
        + "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512";

    /// <summary>Orders that clients' hellos asked for are kept; more are made anew each time.</summary>
    private const int CipherOrdersMax = 16;

    /// <summary>Groups that Envoy's library has and this one may not have.</summary>
    private static readonly string[] HybridGroups = ["X25519MLKEM768", "MLKEM1024"];

    private readonly List<(byte[] Order, byte[] List)> _cipherOrders = [];
    private TlsCipherList? _rankedCiphers;
    private string _cipherSuffix = "";

    private void SetCiphers(nint context)
    {
        var wanted = _options.CipherSuites.Length > 0 ? _options.CipherSuites : DefaultCiphers;
        var list = TlsCipherList.Parse(wanted);
        if (list.Rejected.Count > 0 || !list.Names.Any())
        {
            throw new TlsConfigurationException($"Failed to initialize cipher suites {wanted}. The following ciphers "
                + $"were rejected when tried individually: {string.Join(", ", list.Rejected)}");
        }

        if (_options.IsFips)
        {
            list = TlsCipherList.Parse(FipsCiphers);
        }

        SetSuites(context);

        list.Keep(name => TrySetCiphers(context, name));
        if (!list.Names.Any())
        {
            // The library has none of these suites, so what is left is TLS 1.3.
            LibSsl.ContextControl(context, LibSsl.CtrlSetMinVersion, 0x0304, (nint)0);
            return;
        }

        _cipherSuffix = _options.MinimumVersion < 0x0303 ? ":@SECLEVEL=0" : "";
        _rankedCiphers = list.HasEqualRanks && !_options.PreferClientCiphers ? list : null;
        TrySetCiphers(context, string.Join(':', list.Names) + _cipherSuffix);
    }

    /// <summary>Suites of TLS 1.3 in the order that Envoy's library offers as a client; a server takes the client's.
    /// </summary>
    private void SetSuites(nint context)
    {
        var isAesFast = System.Runtime.Intrinsics.X86.Aes.IsSupported || System.Runtime.Intrinsics.Arm.Aes.IsSupported;
        var list = _options.IsFips ? "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384\0"u8
            : isAesFast ? "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256\0"u8
            : "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384\0"u8;
        fixed (byte* suites = list)
        {
            LibSsl.ContextSetSuites(context, suites);
        }
    }

    /// <summary>Puts suites of equal rank into the client's order.</summary>
    private void OrderCiphers(nint ssl)
    {
        if (_rankedCiphers is not { } list)
        {
            return;
        }

        byte* suites;
        var length = (int)LibSsl.HelloCiphers(ssl, &suites);
        Span<byte> order = stackalloc byte[list.Count];
        if (!list.TryOrder(new ReadOnlySpan<byte>(suites, length), order))
        {
            return;
        }

        fixed (byte* p = ListFor(list, order))
        {
            LibSsl.SetCiphers(ssl, p);
        }
    }

    private byte[] ListFor(TlsCipherList list, ReadOnlySpan<byte> order)
    {
        foreach (var (known, text) in _cipherOrders)
        {
            if (order.SequenceEqual(known))
            {
                return text;
            }
        }

        var names = list.Names.ToArray();
        var made = Text(string.Join(':', order.ToArray().Select(place => names[place])) + _cipherSuffix);
        if (_cipherOrders.Count < CipherOrdersMax)
        {
            _cipherOrders.Add((order.ToArray(), made));
        }

        return made;
    }

    private void SetGroups(nint context)
    {
        var wanted = _options.IsFips ? "P-256:P-384" : _options.Groups.Length > 0 ? _options.Groups : DefaultGroups;
        var known = new List<string>();
        var rejected = new List<string>();
        foreach (var name in wanted.Split(':'))
        {
            var isKnown = name is "P-256" or "prime256v1" or "P-384" or "secp384r1" or "P-521" or "secp521r1"
                or "X25519" or "x25519";
            if (TrySetGroups(context, name) && (isKnown || HybridGroups.Contains(name)))
            {
                known.Add(name);
            }
            else if (!HybridGroups.Contains(name))
            {
                rejected.Add(name);
            }
        }

        if (rejected.Count > 0 || known.Count == 0 || !TrySetGroups(context, string.Join(':', known)))
        {
            throw new TlsConfigurationException($"Failed to initialize ECDH curves {wanted}");
        }
    }

    private void SetSignatures(nint context)
    {
        var wanted = _options.IsFips ? FipsSignatures : _options.Signatures;
        if (wanted.Length == 0)
        {
            return;
        }

        var names = wanted.Split(':');
        fixed (byte* list = Text(wanted))
        {
            var isSet = LibSsl.ContextControl(context, LibSsl.CtrlSetSignatures, 0, list) == 1;
            LibCrypto.ClearErrors();
            if (!isSet || names.Distinct(StringComparer.Ordinal).Count() != names.Length)
            {
                throw new TlsConfigurationException($"Failed to initialize TLS signature algorithms {wanted}");
            }
        }
    }

    private static bool TrySetGroups(nint context, string list)
    {
        fixed (byte* groups = Text(list))
        {
            var isSet = LibSsl.ContextControl(context, LibSsl.CtrlSetGroupsList, 0, groups) == 1;
            LibCrypto.ClearErrors();
            return isSet;
        }
    }

    private static bool TrySetCiphers(nint context, string list)
    {
        fixed (byte* ciphers = Text(list))
        {
            var ok = LibSsl.ContextSetCiphers(context, ciphers) == 1;
            LibCrypto.ClearErrors();
            return ok;
        }
    }

    private static byte[] Text(string text) => [.. Encoding.ASCII.GetBytes(text), 0];
}
