namespace Lateen.Xds.Tests.Server;

public sealed class SotwStreamStateTests
{
    private readonly StreamFixture _stream = new();

    [Fact]
    public void Clusters_Change_AllAreSent()
    {
        _stream.Put(TypeUrls.Cluster, "a", "b");
        _stream.SotwRequest(TypeUrls.Cluster, "", "", []);
        var first = _stream.SotwNext()!;
        Assert.Equal(2, first.Resources.Count);
        Assert.All(first.Resources, resource => Assert.Equal(TypeUrls.Cluster, resource.TypeUrl));
        _stream.SotwRequest(TypeUrls.Cluster, first.Nonce, first.VersionInfo, []);
        Assert.Null(_stream.SotwNext());

        _stream.Push((TypeUrls.Cluster, ["a@2"], ["b"]));

        Assert.Single(_stream.SotwNext()!.Resources);
    }

    [Fact]
    public void Endpoints_Change_OnlyTheChangedIsSent()
    {
        _stream.Put(TypeUrls.ClusterLoadAssignment, "a", "b");
        _stream.SotwRequest(TypeUrls.ClusterLoadAssignment, "", "", ["a", "b"]);
        var first = _stream.SotwNext()!;
        Assert.Equal(2, first.Resources.Count);
        _stream.SotwRequest(TypeUrls.ClusterLoadAssignment, first.Nonce, first.VersionInfo, ["a", "b"]);

        _stream.Put(TypeUrls.ClusterLoadAssignment, "a@2");

        Assert.Single(_stream.SotwNext()!.Resources);
    }

    [Fact]
    public void Names_Added_AreAnswered()
    {
        _stream.Put(TypeUrls.RouteConfiguration, "a", "b");
        _stream.SotwRequest(TypeUrls.RouteConfiguration, "", "", ["a"]);
        var first = _stream.SotwNext()!;

        _stream.SotwRequest(TypeUrls.RouteConfiguration, first.Nonce, first.VersionInfo, ["a", "b"]);

        Assert.Single(_stream.SotwNext()!.Resources);
    }

    [Fact]
    public void Names_NoneLeft_UnsubscribesInsteadOfWildcard()
    {
        _stream.Put(TypeUrls.Listener, "a", "b");
        _stream.SotwRequest(TypeUrls.Listener, "", "", ["a"]);
        var first = _stream.SotwNext()!;
        Assert.Single(first.Resources);

        _stream.SotwRequest(TypeUrls.Listener, first.Nonce, first.VersionInfo, []);
        _stream.Put(TypeUrls.Listener, "a@2");

        Assert.Null(_stream.SotwNext());
    }

    [Fact]
    public void Nack_OldVersion_ReasonAndNoRepeat()
    {
        _stream.Put(TypeUrls.Cluster, "a");
        _stream.SotwRequest(TypeUrls.Cluster, "", "", []);
        var first = _stream.SotwNext()!;

        var ack = _stream.SotwRequest(TypeUrls.Cluster, first.Nonce, "", [], "bad");

        Assert.Equal("bad", ack!.Error);
        Assert.Null(_stream.SotwNext());
    }

    [Fact]
    public void StaleNonce_NamesAreIgnored()
    {
        _stream.Put(TypeUrls.RouteConfiguration, "a", "b");
        _stream.SotwRequest(TypeUrls.RouteConfiguration, "", "", ["a"]);
        _stream.SotwNext();

        Assert.Null(_stream.SotwRequest(TypeUrls.RouteConfiguration, "stale", "", ["b"]));

        Assert.Null(_stream.SotwNext());
    }

    [Fact]
    public void Reconnect_WithVersionAndNoNonce_EverythingIsSent()
    {
        _stream.Put(TypeUrls.Cluster, "a");

        _stream.SotwRequest(TypeUrls.Cluster, "", "17", []);

        Assert.Single(_stream.SotwNext()!.Resources);
    }

    [Fact]
    public void ChangedCluster_EndpointsAreSentAgain()
    {
        _stream.Put(TypeUrls.Cluster, "a");
        _stream.Put(TypeUrls.ClusterLoadAssignment, "a");
        _stream.SotwRequest(TypeUrls.Cluster, "", "", []);
        _stream.SotwRequest(TypeUrls.ClusterLoadAssignment, "", "", ["a"]);
        var clusters = _stream.SotwNext()!;
        var endpoints = _stream.SotwNext()!;
        _stream.SotwRequest(TypeUrls.Cluster, clusters.Nonce, clusters.VersionInfo, []);
        _stream.SotwRequest(TypeUrls.ClusterLoadAssignment, endpoints.Nonce, endpoints.VersionInfo, ["a"]);
        Assert.Null(_stream.SotwNext());

        _stream.Put(TypeUrls.Cluster, "a@2");

        Assert.Equal(TypeUrls.Cluster, _stream.SotwNext()!.TypeUrl);
        Assert.Equal(TypeUrls.ClusterLoadAssignment, _stream.SotwNext()!.TypeUrl);
    }
}
