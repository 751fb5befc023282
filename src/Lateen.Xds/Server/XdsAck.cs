namespace Lateen.Xds.Server;

/// <summary>A client's answer to one response.</summary>
/// <param name="TypeUrl">Type of the response's resources.</param>
/// <param name="Nonce">Nonce of the response.</param>
/// <param name="Version">Version text of the response.</param>
/// <param name="Error">The client's reason for a NACK; null for an ACK.</param>
public sealed record XdsAck(string TypeUrl, string Nonce, string Version, string? Error);
