using Microsoft.AspNetCore.Http;

namespace Lateen.Grpc.Server;

/// <summary>A method with its handler, the message types hidden.</summary>
internal abstract class GrpcServerMethod
{
    internal abstract string Service { get; }

    /// <summary>Makes the call's object and a function that runs the handler on it.</summary>
    internal abstract (GrpcServerCall Call, Func<Task> Run) Open(
        HttpContext http, int messageBytesMax, DateTimeOffset? deadline, CancellationToken cancellation);
}

internal sealed class GrpcServerMethod<TRequest, TResponse>(
    GrpcMethod<TRequest, TResponse> method, Func<GrpcServerStream<TRequest, TResponse>, Task> handler)
        : GrpcServerMethod
{
    internal override string Service => method.Service;

    internal override (GrpcServerCall Call, Func<Task> Run) Open(
        HttpContext http, int messageBytesMax, DateTimeOffset? deadline, CancellationToken cancellation)
    {
        var stream = new GrpcServerStream<TRequest, TResponse>(http, method, messageBytesMax, deadline, cancellation);
        return (stream, () => handler(stream));
    }
}
