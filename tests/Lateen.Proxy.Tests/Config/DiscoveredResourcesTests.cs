using Envoy.Config.Cluster.V3;
using Envoy.Config.Listener.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Config;
using Lateen.Proxy.Discovery;
using Lateen.Xds;

namespace Lateen.Proxy.Tests.Config;

/// <summary>What becomes of a response as a whole, and what is told of it.</summary>
public sealed class DiscoveredResourcesTests : IDisposable
{
    private readonly ConfigurationManager _manager = new(TestResources.Create(), TimeProvider.System);

    public void Dispose() => _manager.Dispose();

    [Fact]
    public void Response_WithOneThatBreaksARule_CannotBeUsedAtAll()
    {
        var good =
            Resource(new Cluster { Name = "good", ConnectTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) });
        var bad = Resource(new Cluster { Name = "bad", ConnectTimeout = new Duration() });

        Assert.Null(_manager.FindUnusable(TypeUrls.Cluster, [good]));
        Assert.Contains("ConnectTimeout", _manager.FindUnusable(TypeUrls.Cluster, [good, bad]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Resource_WithoutABody_BreaksNoRule() => Assert.Null(_manager.FindUnusable(
        TypeUrls.VirtualHost, [new DiscoveredResource("r/a", "1", ByteString.Empty, [])]));

    [Fact]
    public void Version_OfAnUpdateThatChangesNothing_IsNotTakenOver()
    {
        _manager.Apply(TypeUrls.Cluster, DiscoverySource.Ads, "c1", [], []);
        Assert.Equal("", _manager.Clusters.Version);

        _manager.Apply(TypeUrls.Cluster, DiscoverySource.Ads, "c2", [Resource(new Cluster { Name = "a" })], []);
        _manager.Apply(TypeUrls.Cluster, DiscoverySource.Ads, "c3", [Resource(new Cluster { Name = "a" })], []);

        Assert.Equal("c2", _manager.Clusters.Version);
    }

    [Fact]
    public void Listener_ThatIsRefused_IsToldUntilTheNextUpdate()
    {
        var bad = new Listener { Name = "bad" };

        _manager.Apply(TypeUrls.Listener, DiscoverySource.Ads, "l1", [Resource(bad)], []);
        var failure = Assert.Single(_manager.Listeners.Failures);

        Assert.Equal("bad", failure.Name);
        _manager.Apply(TypeUrls.Listener, DiscoverySource.Ads, "l2", [], []);
        Assert.Empty(_manager.Listeners.Failures);
    }

    private static DiscoveredResource Resource(IMessage message) =>
        new(message is Cluster cluster ? cluster.Name : ((Listener)message).Name, "1", message.ToByteString(), []);
}
