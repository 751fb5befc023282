namespace Lateen.Net;

/// <summary>A certificate chain, leaf first, with its private key.</summary>
/// <param name="CertificateChainPem">PEM.</param>
/// <param name="PrivateKeyPem">PEM.</param>
/// <param name="Password">Of an encrypted key; null when it is not.</param>
public sealed record TlsKeyPair(byte[] CertificateChainPem, byte[] PrivateKeyPem, byte[]? Password = null);
