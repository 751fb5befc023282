using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
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

    [Fact]
    public void StateOfTheWorld_OneSecretRefused_ThoseBeforeItAreTaken()
    {
        var outcomes = _manager.Apply(TypeUrls.Secret, DiscoverySource.Ads, "s1",
            [Secret("first", ""), Secret("bad", "nonsense"), Secret("last", "")], [], endsAtRefusal: true);

        Assert.Equal([true, false, false], outcomes.Select(outcome => outcome.IsAccepted));
        var verdict = DiscoveryResponses.Verdict(TypeUrls.Secret, [.. outcomes.Where(one => !one.IsAccepted)])!;
        Assert.StartsWith("bad: ", verdict.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("last", verdict.Error, StringComparison.Ordinal);
        Assert.Equal(["bad", "last"], verdict.RejectedNames);
    }

    [Fact]
    public void Changes_OneSecretRefused_TheOthersAreTaken()
    {
        var outcomes = _manager.Apply(TypeUrls.Secret, DiscoverySource.Ads, "s1",
            [Secret("first", ""), Secret("bad", "nonsense"), Secret("last", "")], []);

        Assert.Equal([true, false, true], outcomes.Select(outcome => outcome.IsAccepted));
    }

    [Theory]
    [InlineData(TypeUrls.Cluster, "Error adding/updating cluster(s) a: duplicate cluster a found")]
    [InlineData(TypeUrls.Listener, "Error adding/updating listener(s) a: duplicate listener a found\n")]
    public void Refusal_OfTwoOfOneName_TellsTheNameOnce(string typeUrl, string expected)
    {
        var resource = typeUrl == TypeUrls.Cluster
            ? Resource(new Cluster { Name = "a" })
            : Resource(new Listener { Name = "a" });

        var outcomes = _manager.Apply(typeUrl, DiscoverySource.Ads, "1", [resource, resource], []);

        Assert.Equal(expected, DiscoveryResponses.Verdict(typeUrl, [outcomes[1]])!.Error);
    }

    private static DiscoveredResource Secret(string name, string authorities)
    {
        var validation = new CertificateValidationContext();
        if (authorities.Length > 0)
        {
            validation.TrustedCa = new DataSource { InlineString = authorities };
        }
        return new DiscoveredResource(
            name, "1", new Secret { Name = name, ValidationContext = validation }.ToByteString(), []);
    }

    private static DiscoveredResource Resource(IMessage message) =>
        new(message is Cluster cluster ? cluster.Name : ((Listener)message).Name, "1", message.ToByteString(), []);
}
