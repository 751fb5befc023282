namespace Lateen.Security.Authentication;

/// <summary>The answer of an authenticator.</summary>
/// <param name="Identity">Who it is; null when refused.</param>
/// <param name="Reason">Why it was refused, without secrets; empty when it was not.</param>
public readonly record struct AuthenticationResult(CallerIdentity? Identity, string Reason)
{
    /// <summary>The caller is known.</summary>
    public static AuthenticationResult Known(CallerIdentity identity) => new(identity, "");

    /// <summary>The caller is refused.</summary>
    public static AuthenticationResult Refused(string reason) => new(null, reason);
}
