namespace Lateen.Net;

/// <summary>What a server does with OCSP answers (<c>ocsp_staple_policy</c>).</summary>
public enum TlsOcspPolicy
{
    /// <summary>An answer is sent if there is a good one.</summary>
    Lenient,

    /// <summary>A certificate with an outdated answer is not used.</summary>
    Strict,

    /// <summary>A certificate without a good answer is not used.</summary>
    Must,
}
