namespace Lateen.Proxy.Overload;

/// <summary>Places in the data path at which work may be refused.</summary>
internal enum LoadShedPointKind : byte
{
    TcpListenerAccept,
    HttpConnectionManagerDecodeHeaders,
    Http1ServerAbortDispatch,
    Http2ServerGoAwayOnDispatch,
    Http2ServerGoAwayAndCloseOnDispatch,
    HcmOndataCreatingCodec,
    HttpDownstreamFilterCheck,
    ConnectionPoolNewConnection,
    TcpProxyOnData,
    TcpProxyUpstreamConnect,
    Http3ServerGoAwayOnDispatch,
    Http3ServerGoAwayAndCloseOnDispatch,
}
