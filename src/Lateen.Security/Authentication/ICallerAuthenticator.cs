namespace Lateen.Security.Authentication;

/// <summary>One way to prove who calls: a client certificate, a join token, a Kubernetes token.</summary>
public interface ICallerAuthenticator
{
    /// <summary>Istio's name of the way, for logs and metrics.</summary>
    string Name { get; }

    /// <summary>Judges the credentials. Refusal is a result, not an exception.</summary>
    ValueTask<AuthenticationResult> AuthenticateAsync(CallerCredentials credentials, CancellationToken cancel);
}
