namespace Lateen.Proxy.Discovery;

/// <summary>The ways in which resources come.</summary>
internal enum DiscoveryKind
{
    /// <summary>The one stream for all types.</summary>
    Ads,

    /// <summary>A stream of its own, state of the world.</summary>
    Grpc,

    /// <summary>A stream of its own, incremental.</summary>
    DeltaGrpc,

    /// <summary>Polling over HTTP with JSON.</summary>
    Rest,

    /// <summary>A file.</summary>
    File,

    /// <summary>By calls of whoever runs the proxy in this process.</summary>
    Provided,
}
