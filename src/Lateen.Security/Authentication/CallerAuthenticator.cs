namespace Lateen.Security.Authentication;

/// <summary>Asks the authenticators in order until one knows the caller. Any thread may call.</summary>
public sealed class CallerAuthenticator(IReadOnlyList<ICallerAuthenticator> authenticators)
{
    /// <summary>The identity, or every authenticator's reason to refuse.</summary>
    public async ValueTask<AuthenticationResult> AuthenticateAsync(CallerCredentials credentials,
        CancellationToken cancel)
    {
        var reasons = new List<string>(authenticators.Count);
        foreach (var authenticator in authenticators)
        {
            var result = await authenticator.AuthenticateAsync(credentials, cancel);
            if (result.Identity is not null)
            {
                return result;
            }
            reasons.Add($"{authenticator.Name}: {result.Reason}");
        }
        return AuthenticationResult.Refused(string.Join("; ", reasons));
    }
}
