using Lateen.Grpc;

namespace Lateen.Proxy.Runtime;

/// <summary>How a gRPC call ended.</summary>
/// <param name="Status">The code.</param>
/// <param name="Message">The other side's message, or what stood in its way.</param>
/// <param name="Details">Response code details, as logs name them.</param>
internal readonly record struct GrpcStreamEnd(GrpcStatusCode Status, string Message, string Details)
{
    /// <summary>As filters tell it: the message with the details behind it.</summary>
    public string Text => Message.Length == 0 ? Details : Details.Length == 0 ? Message : $"{Message}{{{Details}}}";

    public GrpcStatus ToStatus() => new(Status, Message.Length > 0 ? Message : Details);
}
