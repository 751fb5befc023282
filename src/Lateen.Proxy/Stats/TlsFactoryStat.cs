namespace Lateen.Proxy.Stats;

/// <summary>Counters of a TLS socket factory.</summary>
internal enum TlsFactoryStat
{
    DownstreamContextSecretsNotReady,
    SslContextUpdateBySds,
    UpstreamContextSecretsNotReady,
}
