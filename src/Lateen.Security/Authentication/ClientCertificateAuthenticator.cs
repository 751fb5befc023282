using Lateen.Security.Authority;

namespace Lateen.Security.Authentication;

/// <summary>Knows a caller by the client certificate of its TLS connection, verified with the roots of its trust
/// domain.</summary>
/// <param name="trustBundle">The roots in force now.</param>
/// <param name="clock">As of when certificates must be valid.</param>
public sealed class ClientCertificateAuthenticator(Func<TrustBundle> trustBundle, TimeProvider clock)
    : ICallerAuthenticator
{
    /// <inheritdoc/>
    public string Name => nameof(ClientCertificateAuthenticator);

    /// <inheritdoc/>
    public ValueTask<AuthenticationResult> AuthenticateAsync(CallerCredentials credentials, CancellationToken cancel)
    {
        var reason = trustBundle().VerifyPeer(credentials.PeerChain, clock.GetUtcNow(), out var identities);
        return ValueTask.FromResult(reason is null
            ? AuthenticationResult.Known(new CallerIdentity(Name, identities))
            : AuthenticationResult.Refused(reason));
    }
}
