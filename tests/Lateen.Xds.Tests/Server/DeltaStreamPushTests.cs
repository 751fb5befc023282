namespace Lateen.Xds.Tests.Server;

/// <summary>What the incremental protocol sends when resources change, and in which order.</summary>
public sealed class DeltaStreamPushTests
{
    private readonly StreamFixture _stream = new();

    [Fact]
    public void Push_Change_SendsWhatChangedOnly()
    {
        _stream.Put(TypeUrls.Cluster, "a", "b", "c");
        _stream.Subscribe(TypeUrls.Cluster);
        _stream.NextText();

        _stream.Put(TypeUrls.Cluster, "b@2", "c@1");

        Assert.Equal("Cluster +b@2", _stream.NextText());
        Assert.Null(_stream.Next());
    }

    [Fact]
    public void Push_BeforeAck_MergesAndWaits()
    {
        _stream.Subscribe(TypeUrls.Cluster);
        var first = _stream.Next()!;
        _stream.Put(TypeUrls.Cluster, "a@1");
        _stream.Put(TypeUrls.Cluster, "a@2", "b@1");
        Assert.Null(_stream.Next());

        _stream.Ack(first);

        Assert.Equal("Cluster +a@2 +b@1", _stream.NextText());
    }

    [Fact]
    public void Push_AckNeverComes_GoesAfterTheLongestWait()
    {
        _stream.Subscribe(TypeUrls.Cluster);
        _stream.Next();
        _stream.Put(TypeUrls.Cluster, "a");
        Assert.Null(_stream.Next());
        Assert.Equal(_stream.Now + _stream.Options.AckWaitMax, _stream.Delta.RetryAt);

        _stream.Now += _stream.Options.AckWaitMax;

        Assert.Equal("Cluster +a@1", _stream.NextText());
    }

    [Fact]
    public void Request_WhileAckIsOutstanding_IsAnsweredAtOnce()
    {
        _stream.Put(TypeUrls.ClusterLoadAssignment, "a", "b");
        _stream.Subscribe(TypeUrls.ClusterLoadAssignment, "a");
        _stream.NextText(ack: false);

        _stream.Subscribe(TypeUrls.ClusterLoadAssignment, "b");

        Assert.Equal("ClusterLoadAssignment +b@1", _stream.NextText());
    }

    [Fact]
    public void Push_AllTypes_GoesInOrderAndRemovesClustersLast()
    {
        SubscribeAll();

        _stream.Push(
            (TypeUrls.RouteConfiguration, ["r@2"], []),
            (TypeUrls.Listener, ["l@2"], []),
            (TypeUrls.ClusterLoadAssignment, ["new"], ["old"]),
            (TypeUrls.Cluster, ["new"], ["old"]));
        _stream.Subscribe(TypeUrls.ClusterLoadAssignment, "new");

        Assert.Equal("Cluster +new@1", _stream.NextText());
        Assert.Equal("ClusterLoadAssignment +new@1", _stream.NextText());
        Assert.Equal("Listener +l@2", _stream.NextText());
        Assert.Equal("RouteConfiguration +r@2", _stream.NextText());
        Assert.Equal("Cluster -old", _stream.NextText());
        Assert.Equal("ClusterLoadAssignment -old", _stream.NextText());
        Assert.Null(_stream.Next());
    }

    [Fact]
    public void Push_ClusterRemoval_WaitsForTheRoutesAck()
    {
        SubscribeAll();
        _stream.Push((TypeUrls.RouteConfiguration, ["r@2"], []), (TypeUrls.Cluster, [], ["old"]));
        var routes = _stream.Next()!;
        Assert.Null(_stream.Next());

        _stream.Ack(routes);

        Assert.Equal("Cluster -old", _stream.NextText());
    }

    [Fact]
    public void Push_ClustersWaitForAck_RoutesDoNotOvertakeEndpointsDo()
    {
        SubscribeAll();
        _stream.Put(TypeUrls.Cluster, "c@2");
        var clusters = _stream.Next()!;
        _stream.Push(
            (TypeUrls.Cluster, ["c@3"], []),
            (TypeUrls.ClusterLoadAssignment, ["old@2"], []),
            (TypeUrls.RouteConfiguration, ["r@2"], []));

        Assert.Equal("ClusterLoadAssignment +old@2", _stream.NextText());
        Assert.Null(_stream.Next());
        _stream.Ack(clusters);

        Assert.Equal("Cluster +c@3", _stream.NextText());
        Assert.Equal("RouteConfiguration +r@2", _stream.NextText());
    }

    [Fact]
    public void Push_ChangedCluster_ItsEndpointsAreSentAgain()
    {
        SubscribeAll();

        _stream.Put(TypeUrls.Cluster, "old@2");

        Assert.Equal("Cluster +old@2", _stream.NextText(ack: false));
        Assert.Equal("ClusterLoadAssignment +old@1", _stream.NextText());
    }

    [Fact]
    public void Push_RemovedAndBack_NothingIsSent()
    {
        SubscribeAll();

        _stream.Remove(TypeUrls.Cluster, "old");
        _stream.Put(TypeUrls.Cluster, "old");

        Assert.Null(_stream.Next());
    }

    private void SubscribeAll()
    {
        _stream.Push(
            (TypeUrls.Cluster, ["old"], []),
            (TypeUrls.ClusterLoadAssignment, ["old"], []),
            (TypeUrls.Listener, ["l"], []),
            (TypeUrls.RouteConfiguration, ["r"], []));
        _stream.Subscribe(TypeUrls.Cluster);
        _stream.Subscribe(TypeUrls.ClusterLoadAssignment, "old");
        _stream.Subscribe(TypeUrls.Listener);
        _stream.Subscribe(TypeUrls.RouteConfiguration, "r");
        while (_stream.NextText() is not null)
        {
        }
    }
}
