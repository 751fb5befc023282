namespace Lateen.Proxy.Runtime;

/// <summary>Who made a gRPC stream.</summary>
internal interface IGrpcStreamUser
{
    /// <summary>A message has come.</summary>
    void OnMessage(byte[] message);

    /// <summary>The other side has ended the call; the text names status message and response code details.</summary>
    void OnClosed(int status, string message);
}
