namespace Lateen.Xds.Server;

/// <summary>Where the resources come from: the owner of the meaning, which this layer does not know.</summary>
public interface IXdsSource
{
    /// <summary>
    /// Called with the first request of a stream. May wait (for caches to be filled) and may refuse with a
    /// <see cref="Grpc.GrpcException"/> (an identity that does not match the node: PERMISSION_DENIED).
    /// </summary>
    ValueTask<IXdsSession> ConnectAsync(XdsStream stream, CancellationToken cancellation);
}
