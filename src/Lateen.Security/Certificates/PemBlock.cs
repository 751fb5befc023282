namespace Lateen.Security.Certificates;

/// <summary>One block of a PEM text (RFC 7468).</summary>
/// <param name="Label">What stands after BEGIN, e.g. <c>CERTIFICATE</c>.</param>
/// <param name="Bytes">The decoded contents.</param>
public readonly record struct PemBlock(string Label, byte[] Bytes);
