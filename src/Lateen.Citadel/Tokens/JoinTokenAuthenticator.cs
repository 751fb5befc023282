using Lateen.Security.Authentication;
using Lateen.Security.Spiffe;

namespace Lateen.Citadel.Tokens;

/// <summary>Knows a caller by its join token.</summary>
public sealed class JoinTokenAuthenticator(JoinTokenIssuer issuer, string trustDomain) : ICallerAuthenticator
{
    /// <inheritdoc/>
    public string Name => nameof(JoinTokenAuthenticator);

    /// <inheritdoc/>
    public ValueTask<AuthenticationResult> AuthenticateAsync(CallerCredentials credentials, CancellationToken cancel)
    {
        if (credentials.BearerToken is not { } token)
        {
            return ValueTask.FromResult(AuthenticationResult.Refused("no bearer token was given"));
        }
        var reason = issuer.Verify(token, out var claims);
        if (reason is not null)
        {
            return ValueTask.FromResult(AuthenticationResult.Refused(reason));
        }
        var id = SpiffeId.Create(trustDomain, claims!.Namespace, claims.ServiceAccount);
        return ValueTask.FromResult(AuthenticationResult.Known(new CallerIdentity(Name, [id.ToString()])));
    }
}
