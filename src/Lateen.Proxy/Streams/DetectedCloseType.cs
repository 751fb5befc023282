namespace Lateen.Proxy.Streams;

/// <summary>How a connection ended. Source: Envoy's <c>StreamInfo::DetectedCloseType</c>; the names are those of
/// logs.</summary>
internal enum DetectedCloseType : byte
{
    Normal,
    LocalReset,
    RemoteReset,
}
