namespace Lateen.Proxy.Routing;

/// <summary>How an attempt towards an upstream ended without a response.</summary>
internal enum UpstreamResetReason : byte
{
    LocalReset,
    RemoteReset,
    RemoteRefusedStreamReset,
    LocalConnectionFailure,
    RemoteConnectionFailure,
    ConnectionTimeout,
    ConnectionTermination,
    Overflow,
    ProtocolError,
    PerTryTimeout,
}
