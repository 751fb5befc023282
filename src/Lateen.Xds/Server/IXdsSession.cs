namespace Lateen.Xds.Server;

/// <summary>
/// What the source keeps for one stream. Calls for one stream come one at a time, from changing threads, and must not
/// wait.
/// </summary>
public interface IXdsSession
{
    /// <summary>
    /// The resources of a type as this proxy sees them; null where the type is not served (every name is then absent).
    /// Asked at the first request of the type and after <see cref="XdsStream.Invalidate"/>.
    /// </summary>
    IXdsResources? GetResources(string typeUrl);

    /// <summary>The client answered a response. A NACK carries its reason; the client keeps what it had.</summary>
    void OnAck(XdsAck ack);

    /// <summary>The stream is over; nothing follows.</summary>
    void OnClosed();
}
