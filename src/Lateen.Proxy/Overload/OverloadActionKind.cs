namespace Lateen.Proxy.Overload;

/// <summary>What the proxy does less of when a resource runs short.</summary>
internal enum OverloadActionKind : byte
{
    StopAcceptingRequests,
    DisableHttpKeepalive,
    StopAcceptingConnections,
    RejectIncomingConnections,
    ShrinkHeap,
    ReduceTimeouts,
    ResetHighMemoryStream,
    CloseIdleHttpConnections,
}
