namespace Lateen.Xds.Client;

/// <summary>What a response is answered with.</summary>
/// <param name="Nonce">The response's nonce.</param>
/// <param name="Error">Why it is refused; null: it is accepted.</param>
internal sealed record XdsAnswer(string Nonce, string? Error);
