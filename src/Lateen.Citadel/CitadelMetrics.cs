using System.Globalization;
using System.Text;

namespace Lateen.Citadel;

/// <summary>The authority's counters, under Istio's names. Any thread may count.</summary>
public sealed class CitadelMetrics
{
    private long _requests;
    private long _authenticationFailures;
    private long _requestParseFailures;
    private long _identityFailures;
    private long _signFailures;
    private long _issued;
    private long _rootRenewalFailures;
    private long _rootExpirySeconds;
    private long _chainExpirySeconds;

    /// <summary>Certificates issued.</summary>
    public long Issued => Interlocked.Read(ref _issued);

    /// <summary>Callers that no authenticator knew.</summary>
    public long AuthenticationFailures => Interlocked.Read(ref _authenticationFailures);

    /// <summary>A certificate request came in.</summary>
    public void CountRequest() => Interlocked.Increment(ref _requests);

    /// <summary>No authenticator knew the caller.</summary>
    public void CountAuthenticationFailure() => Interlocked.Increment(ref _authenticationFailures);

    /// <summary>The request did not parse, or asked for too long a life.</summary>
    public void CountRequestParseFailure() => Interlocked.Increment(ref _requestParseFailures);

    /// <summary>The caller asked for an identity that is not its own.</summary>
    public void CountIdentityFailure() => Interlocked.Increment(ref _identityFailures);

    /// <summary>The signer could not sign.</summary>
    public void CountSignFailure() => Interlocked.Increment(ref _signFailures);

    /// <summary>A certificate was issued.</summary>
    public void CountIssued() => Interlocked.Increment(ref _issued);

    /// <summary>The root could not be renewed or read again.</summary>
    public void CountRootRenewalFailure() => Interlocked.Increment(ref _rootRenewalFailures);

    /// <summary>Ends of the material in force.</summary>
    public void SetExpiry(DateTimeOffset root, DateTimeOffset chain)
    {
        Interlocked.Exchange(ref _rootExpirySeconds, root.ToUnixTimeSeconds());
        Interlocked.Exchange(ref _chainExpirySeconds, chain.ToUnixTimeSeconds());
    }

    /// <summary>Writes all of them in the Prometheus text format.</summary>
    public void Write(StringBuilder into, DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds();
        Add(into, "csr_count", "counter", _requests);
        Add(into, "authentication_failure_count", "counter", _authenticationFailures);
        Add(into, "csr_parsing_err_count", "counter", _requestParseFailures);
        Add(into, "id_extraction_err_count", "counter", _identityFailures);
        Add(into, "csr_sign_err_count", "counter", _signFailures);
        Add(into, "success_cert_issuance_count", "counter", _issued);
        Add(into, "root_cert_renewal_err_count", "counter", _rootRenewalFailures);
        Add(into, "root_cert_expiry_timestamp", "gauge", _rootExpirySeconds);
        Add(into, "root_cert_expiry_seconds", "gauge", _rootExpirySeconds - seconds);
        Add(into, "cert_chain_expiry_timestamp", "gauge", _chainExpirySeconds);
        Add(into, "cert_chain_expiry_seconds", "gauge", _chainExpirySeconds - seconds);
    }

    private static void Add(StringBuilder into, string name, string type, long value) => into
        .Append(CultureInfo.InvariantCulture, $"# TYPE citadel_server_{name} {type}\n")
        .Append(CultureInfo.InvariantCulture, $"citadel_server_{name} {value}\n");
}
