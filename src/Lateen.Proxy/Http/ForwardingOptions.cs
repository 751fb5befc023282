using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Http;

/// <summary>
/// What a connection manager believes and tells of the client: its address and its certificate. Read in place, as part
/// of the configuration. Source: <c>http_connection_manager.v3.HttpConnectionManager</c>.
/// </summary>
internal readonly record struct ForwardingOptions
{
    public ForwardingOptions()
    {
    }

    /// <summary>Ways to tell the client's address in place of x-forwarded-for, in order.</summary>
    public IpDetection[] IpDetection { get; init; } = [];

    public bool UseRemoteAddress { get; init; }

    public int XffNumTrustedHops { get; init; }

    public bool SkipXffAppend { get; init; }

    public bool AppendXForwardedPort { get; init; }

    /// <summary>Addresses that count as internal; empty: none (the present default of Envoy).</summary>
    public CidrRange[] InternalAddresses { get; init; } = [];

    public bool InternalUnixSockets { get; init; }

    public ForwardClientCertDetails ForwardClientCert { get; init; }

    /// <summary>Which parts go into x-forwarded-client-cert besides By and Hash.</summary>
    public (bool Subject, bool Cert, bool Chain, bool Dns, bool Uri) ClientCertDetails { get; init; }
}
