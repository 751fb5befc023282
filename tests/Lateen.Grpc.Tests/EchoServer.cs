using System.Net;
using Lateen.Grpc.Client;
using Lateen.Grpc.Server;

namespace Lateen.Grpc.Tests;

/// <summary>A running echo server on a free port of loopback, and a channel to it.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private EchoServer(GrpcServer server, GrpcChannel channel)
    {
        Server = server;
        Channel = channel;
    }

    internal GrpcServer Server { get; }

    internal GrpcChannel Channel { get; }

    internal int Port => Server.EndPoints[0].Port;

    internal static async Task<EchoServer> StartAsync(
        HangProbe? probe = null, int messageBytesMax = 4 * 1024 * 1024)
    {
        var services = EchoService.Build(probe);
        ReflectionService.AddTo(services, EchoReflection.Descriptor);
        HealthService.AddTo(services, () => true);
        var server = new GrpcServer(services, new GrpcServerOptions { MessageBytesMax = messageBytesMax });
        server.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        await server.StartAsync();
        var channel = new GrpcChannel(new() { Address = $"http://127.0.0.1:{server.EndPoints[0].Port}" });
        return new EchoServer(server, channel);
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await Server.DisposeAsync();
    }
}
