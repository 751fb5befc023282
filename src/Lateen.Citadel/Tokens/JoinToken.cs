namespace Lateen.Citadel.Tokens;

/// <summary>What a join token says.</summary>
/// <param name="Namespace">Namespace of the workload that it lets in.</param>
/// <param name="ServiceAccount">Its service account.</param>
/// <param name="Audience">Whom it is meant for; the certificate service and discovery take <c>istio-ca</c>.</param>
/// <param name="Expiry">From when on it counts for nothing.</param>
public sealed record JoinToken(string Namespace, string ServiceAccount, string Audience, DateTimeOffset Expiry);
