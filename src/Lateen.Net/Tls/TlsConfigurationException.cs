namespace Lateen.Net;

/// <summary>Certificates, keys or parameters of a TLS context are of no use; the message says which.</summary>
public sealed class TlsConfigurationException(string message) : Exception(message);
