namespace Lateen.Net;

/// <summary>An own certificate with the library's context that presents it.</summary>
/// <param name="Context">The context.</param>
/// <param name="Info">What is in the leaf.</param>
/// <param name="IsEcdsa">Its key is of an elliptic curve; else RSA.</param>
/// <param name="Staple">OCSP answer; null: none.</param>
internal sealed record TlsLoadedCertificate(nint Context, TlsCertificateInfo Info, bool IsEcdsa, TlsOcspStaple? Staple);
