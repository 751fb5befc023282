using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>A response's stream: messages as they are, then one that says how the call ended, in place of
/// trailers.</summary>
internal sealed class ConnectResponseStage : BodyStage
{
    /// <summary>First byte of the frame of the last message (Connect protocol, "Streaming-Response").</summary>
    public const byte EndOfStream = 2;

    internal override void OnData(BufferChain data, int length, bool end) => Forward(data, length, end);

    internal override void OnTrailers()
    {
        var trailers = Stream.ResponseTrailers;
        var end = ConnectStatus.EndOfStream(ConnectStatus.Read(trailers), trailers);
        trailers.Clear();
        var output = TakeScratch();
        output.Append(ConnectRequestStage.Frame(EndOfStream, end));
        Forward(output, output.Length, true);
    }
}
