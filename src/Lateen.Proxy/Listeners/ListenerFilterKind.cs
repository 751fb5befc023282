namespace Lateen.Proxy.Listeners;

/// <summary>The listener filters there are.</summary>
internal enum ListenerFilterKind : byte
{
    OriginalDst,
    OriginalSrc,
    TlsInspector,
    HttpInspector,
    ProxyProtocol,
    LocalRateLimit,
    Discovered,
}
