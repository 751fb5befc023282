using System.Collections.Concurrent;
using System.Net;
using Lateen.Grpc.Server;
using Lateen.Xds.Server;

namespace Lateen.Xds.Tests;

/// <summary>A running xDS server whose every client sees the same sets.</summary>
internal sealed class SetSource : IXdsSource, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, XdsResourceSet> _sets = new();
    private readonly GrpcServer _grpc;

    internal SetSource(Func<GrpcServerCall, CancellationToken, ValueTask<string?>>? authenticate = null)
    {
        var services = new GrpcServices();
        Server =
            new XdsServer(this, new XdsServerOptions { ControlPlaneIdentifier = "test" }, authenticate: authenticate);
        Server.AddTo(services);
        _grpc = new GrpcServer(services);
        _grpc.Listen(new IPEndPoint(IPAddress.Loopback, 0));
    }

    internal XdsServer Server { get; }

    internal int Port => _grpc.EndPoints[0].Port;

    internal ConcurrentQueue<XdsAck> Acks { get; } = new();

    internal int ClosedCount;

    internal Task StartAsync() => _grpc.StartAsync();

    public ValueTask<IXdsSession> ConnectAsync(XdsStream stream, CancellationToken cancellation) =>
        ValueTask.FromResult<IXdsSession>(new Session(this));

    public ValueTask DisposeAsync() => _grpc.DisposeAsync();

    internal XdsResourceSet Set(string typeUrl) => _sets.GetOrAdd(typeUrl, type => new XdsResourceSet(type));

    internal void Publish(params XdsResource[] resources)
    {
        var push = new XdsPush();
        foreach (var group in resources.GroupBy(resource => resource.TypeUrl))
        {
            push.Add(Set(group.Key), [.. group]);
        }

        push.Publish();
    }

    private sealed class Session(SetSource source) : IXdsSession
    {
        public IXdsResources? GetResources(string typeUrl) => source.Set(typeUrl);

        public void OnAck(XdsAck ack) => source.Acks.Enqueue(ack);

        public void OnClosed() => Interlocked.Increment(ref source.ClosedCount);
    }
}
