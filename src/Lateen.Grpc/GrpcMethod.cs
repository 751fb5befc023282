using Google.Protobuf;

namespace Lateen.Grpc;

/// <summary>
/// A method of a service: its full names and the codecs of its messages. Which of its sides stream shows in the call
/// that is used for it.
/// </summary>
public sealed class GrpcMethod<TRequest, TResponse>(
    string service,
    string name,
    GrpcCodec<TRequest> requestCodec,
    GrpcCodec<TResponse> responseCodec)
{
    /// <summary>Full name of the service, such as <c>grpc.health.v1.Health</c>.</summary>
    public string Service { get; } = service;

    /// <summary>Name of the method, such as <c>Check</c>.</summary>
    public string Name { get; } = name;

    /// <summary>The request path <c>/service/name</c>.</summary>
    public string Path { get; } = $"/{service}/{name}";

    /// <summary>Codec of requests.</summary>
    public GrpcCodec<TRequest> RequestCodec { get; } = requestCodec;

    /// <summary>Codec of responses.</summary>
    public GrpcCodec<TResponse> ResponseCodec { get; } = responseCodec;
}

/// <summary>Makes methods.</summary>
public static class GrpcMethod
{
    /// <summary>A method of protobuf messages.</summary>
    public static GrpcMethod<TRequest, TResponse> Protobuf<TRequest, TResponse>(
        string service, string name, MessageParser<TRequest> requestParser, MessageParser<TResponse> responseParser)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse>
    {
        return new(service, name, GrpcCodec.Protobuf(requestParser), GrpcCodec.Protobuf(responseParser));
    }

    /// <summary>A method whose messages stay bytes on both sides: for forwarders.</summary>
    public static GrpcMethod<GrpcPayload, GrpcPayload> Bytes(string service, string name) =>
        new(service, name, GrpcCodec.Payload, GrpcCodec.Payload);
}
