namespace Lateen.Proxy.Clusters;

/// <summary>How the protocol of upstream connections is chosen.</summary>
internal enum UpstreamProtocol : byte
{
    Http1,
    Http2,

    /// <summary>What the downstream speaks.</summary>
    UseDownstream,

    /// <summary>By ALPN (h2, then http/1.1).</summary>
    Auto,
}
