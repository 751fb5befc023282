using Istio.V1.Auth;
using Lateen.Citadel.Authority;
using Lateen.Core.Logging;
using Lateen.Security;
using Lateen.Security.Authentication;
using Lateen.Security.Certificates;

namespace Lateen.Citadel;

/// <summary>
/// Istio's certificate service, without the transport: knows the caller, checks the request, signs. Any thread may
/// call.
/// </summary>
public sealed class CertificateService(
    CertificateAuthority authority,
    CallerAuthenticator authenticator,
    CitadelMetrics metrics,
    Logger log)
{
    private const string ImpersonatedIdentity = "ImpersonatedIdentity";

    // The longest that a TimeSpan of whole seconds can hold; what is above is above every maximum too.
    private const long SecondsMax = 922_337_203_685;

    /// <summary>Answers one request.</summary>
    /// <exception cref="CertificateRefusedException">It is refused.</exception>
    public async Task<IstioCertificateResponse> CreateCertificateAsync(
        IstioCertificateRequest request,
        CallerCredentials credentials,
        CancellationToken cancel)
    {
        metrics.CountRequest();
        var identity = await AuthenticateAsync(request, credentials, cancel);
        var response = new IstioCertificateResponse();
        response.CertChain.AddRange(Sign(request, identity));
        metrics.CountIssued();
        if (log.IsEnabled(LogLevel.Debug))
        {
            log.Debug($"issued a certificate for {string.Join(", ", identity.Names)} known by {identity.Source}");
        }
        return response;
    }

    private async Task<CallerIdentity> AuthenticateAsync(
        IstioCertificateRequest request,
        CallerCredentials credentials,
        CancellationToken cancel)
    {
        var result = await authenticator.AuthenticateAsync(credentials, cancel);
        if (result.Identity is null)
        {
            metrics.CountAuthenticationFailure();
            log.Warn($"refused a certificate: the caller is not known ({result.Reason})");
            throw new CertificateRefusedException(
                CertificateRefusal.Unauthenticated, $"request authenticate failure ({result.Reason})");
        }
        var impersonated = "";
        if (request.Metadata is not null && request.Metadata.Fields.TryGetValue(ImpersonatedIdentity, out var value))
        {
            impersonated = value.StringValue;
        }
        if (impersonated.Length > 0)
        {
            // Node agents that act for the workloads of their node need the node's pods, which only a cluster knows.
            metrics.CountIdentityFailure();
            log.Warn(
                $"refused a certificate: {string.Join(", ", result.Identity.Names)} may not act for {impersonated}");
            throw new CertificateRefusedException(
                CertificateRefusal.Unauthenticated, "request impersonation authentication failure");
        }
        return result.Identity;
    }

    private List<string> Sign(IstioCertificateRequest request, CallerIdentity identity)
    {
        CertificateSigningRequest signingRequest;
        TimeSpan ttl;
        try
        {
            signingRequest = CertificateSigningRequest.Parse(request.Csr);
            ttl = authority.ResolveTtl(TimeSpan.FromSeconds(Math.Clamp(request.ValidityDuration, -1, SecondsMax)));
        }
        catch (PkiException e)
        {
            metrics.CountRequestParseFailure();
            log.Warn($"refused a certificate for {string.Join(", ", identity.Names)}: {e.Message}");
            throw new CertificateRefusedException(
                CertificateRefusal.InvalidArgument, $"CSR signing error ({e.Message})", e);
        }
        try
        {
            return authority.SignWorkload(signingRequest, identity.Names, ttl);
        }
        catch (PkiException e)
        {
            metrics.CountSignFailure();
            log.Error($"cannot sign certificates: {e.Message}");
            throw new CertificateRefusedException(CertificateRefusal.Internal, $"CSR signing error ({e.Message})", e);
        }
    }
}
