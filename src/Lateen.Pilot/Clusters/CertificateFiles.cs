namespace Lateen.Pilot.Clusters;

/// <summary>Paths in the proxy's file system, from its metadata.</summary>
/// <param name="Chain">TLS_CLIENT_CERT_CHAIN.</param>
/// <param name="Key">TLS_CLIENT_KEY.</param>
/// <param name="Root">TLS_CLIENT_ROOT_CERT.</param>
public sealed record CertificateFiles(string Chain, string Key, string Root);
