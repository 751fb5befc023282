using System.Diagnostics.CodeAnalysis;

namespace Lateen.Grpc.Server;

/// <summary>The methods that a server offers, each added by name with its handler. Complete it before the server
/// starts.</summary>
public sealed class GrpcServices
{
    private readonly Dictionary<string, GrpcServerMethod> _methods = new(StringComparer.Ordinal);

    /// <summary>The full names of all services, in order.</summary>
    public IReadOnlyList<string> ServiceNames =>
        [.. _methods.Values.Select(method => method.Service).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>A method of one request and one response.</summary>
    public void AddUnary<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, Func<TRequest, GrpcServerCall, Task<TResponse>> handler)
    {
        AddDuplex(method, async stream =>
        {
            var request = await ReadSingleAsync(stream);
            await stream.WriteAsync(await handler(request, stream));
        });
    }

    /// <summary>A method of one request and many responses.</summary>
    public void AddServerStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, Func<TRequest, GrpcServerStream<TRequest, TResponse>, Task> handler)
    {
        AddDuplex(method, async stream => await handler(await ReadSingleAsync(stream), stream));
    }

    /// <summary>A method of many requests and one response.</summary>
    public void AddClientStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, Func<GrpcServerStream<TRequest, TResponse>, Task<TResponse>> handler)
    {
        AddDuplex(method, async stream => await stream.WriteAsync(await handler(stream)));
    }

    /// <summary>A method of many requests and many responses, in any order.</summary>
    public void AddDuplex<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, Func<GrpcServerStream<TRequest, TResponse>, Task> handler)
    {
        if (!_methods.TryAdd(method.Path, new GrpcServerMethod<TRequest, TResponse>(method, handler)))
        {
            throw new ArgumentException($"method {method.Path} is there already", nameof(method));
        }
    }

    internal bool TryFind(string path, [NotNullWhen(true)] out GrpcServerMethod? method) =>
        _methods.TryGetValue(path, out method);

    private static async ValueTask<TRequest> ReadSingleAsync<TRequest, TResponse>(
        GrpcServerStream<TRequest, TResponse> stream)
    {
        if (!await stream.MoveNextAsync())
        {
            throw new GrpcException(GrpcStatusCode.Unimplemented, "the request carries no message");
        }

        var request = stream.Current;
        if (await stream.MoveNextAsync())
        {
            throw new GrpcException(GrpcStatusCode.Unimplemented, "the request carries more than one message");
        }

        return request;
    }
}
