using Envoy.Config.Core.V3;
using Lateen.TestKit;
using Lateen.Xds.Client;

namespace Lateen.Xds.Tests.Client;

/// <summary>A client of clusters that runs over pipes in virtual time.</summary>
public abstract class XdsClientTestBase : IAsyncLifetime
{
    /// <summary>What the client tells of itself.</summary>
    protected const string NodeId = "sidecar~10.0.0.1~a.b~b.svc";

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    protected XdsClientTestBase() => Client = new XdsClient(Transport, Handler, new XdsClientOptions
    {
        Node = new Node { Id = NodeId, Cluster = "a" },
        Random = new Random(7),
        Clock = Clock,
    });

    private protected PipeTransport Transport { get; } = new();

    private protected RecordingHandler Handler { get; } = new();

    private protected VirtualClock Clock { get; } = new();

    private protected XdsClient Client { get; }

    public Task InitializeAsync()
    {
        Client.SubscribeAll(TypeUrls.Cluster);
        _running = Client.RunAsync(_stop.Token);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(20));
        _stop.Dispose();
    }
}
