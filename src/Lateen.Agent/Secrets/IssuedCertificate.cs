namespace Lateen.Agent.Secrets;

/// <summary>What an authority answered, and the key that it is for.</summary>
internal sealed record IssuedCertificate(
    string ChainPem,
    string KeyPem,
    string RootPem,
    DateTimeOffset Created,
    DateTimeOffset Expiry);
