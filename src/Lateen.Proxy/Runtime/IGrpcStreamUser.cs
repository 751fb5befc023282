namespace Lateen.Proxy.Runtime;

/// <summary>Who made a gRPC stream. All on its worker.</summary>
internal interface IGrpcStreamUser
{
    /// <summary>A message has come; its memory is the user's.</summary>
    void OnMessage(ReadOnlyMemory<byte> message);

    /// <summary>What waited has gone, as far as the connection took it.</summary>
    void OnWritable()
    {
    }

    /// <summary>The call is over, and nothing more comes.</summary>
    void OnClosed(in GrpcStreamEnd end);
}
