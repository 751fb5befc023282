using Envoy.Service.Discovery.V3;
using Lateen.Grpc;
using Lateen.Xds.Server;

namespace Lateen.Xds.Tests.Server;

public sealed class DeltaStreamStateTests
{
    private readonly StreamFixture _stream = new();

    [Fact]
    public void FirstRequest_ClusterWithoutNames_IsWildcard()
    {
        _stream.Put(TypeUrls.Cluster, "a", "b");
        _stream.Subscribe(TypeUrls.Cluster);

        Assert.Equal("Cluster +a@1 +b@1", _stream.NextText());
        Assert.Null(_stream.Next());
    }

    [Fact]
    public void FirstRequest_WildcardWithoutResources_IsAnsweredEmpty()
    {
        _stream.Subscribe(TypeUrls.Listener);

        Assert.Equal("Listener", _stream.NextText());
        Assert.Null(_stream.Next());
    }

    [Fact]
    public void FirstRequest_NamedTypeWithoutNames_SubscribesNothing()
    {
        _stream.Put(TypeUrls.ClusterLoadAssignment, "a");
        _stream.Subscribe(TypeUrls.ClusterLoadAssignment);

        Assert.Null(_stream.Next());
    }

    [Fact]
    public void FirstRequest_AbsentName_IsAnsweredAsRemovedOnce()
    {
        _stream.Subscribe(TypeUrls.RouteConfiguration, "r", "missing");
        _stream.Put(TypeUrls.RouteConfiguration, "r");

        Assert.Equal("RouteConfiguration +r@1 -missing", _stream.NextText());
        _stream.Put(TypeUrls.RouteConfiguration, "other");
        Assert.Null(_stream.Next());
        _stream.Put(TypeUrls.RouteConfiguration, "missing");
        Assert.Equal("RouteConfiguration +missing@1", _stream.NextText());
    }

    [Fact]
    public void Reconnect_HeldVersions_OnlyDifferencesAreSent()
    {
        _stream.Put(TypeUrls.Cluster, "same@1", "changed@2", "new@1");
        var request = new DeltaDiscoveryRequest { TypeUrl = TypeUrls.Cluster };
        request.InitialResourceVersions.Add("same", "1");
        request.InitialResourceVersions.Add("changed", "1");
        request.InitialResourceVersions.Add("gone", "1");
        _stream.Request(TypeUrls.Cluster, request);

        Assert.Equal("Cluster +changed@2 +new@1", _stream.NextText());
        Assert.Equal("Cluster -gone", _stream.NextText());
        Assert.Null(_stream.Next());
    }

    [Fact]
    public void Reconnect_NothingChanged_IsAnsweredEmpty()
    {
        _stream.Put(TypeUrls.ClusterLoadAssignment, "a", "b");
        var request = new DeltaDiscoveryRequest { TypeUrl = TypeUrls.ClusterLoadAssignment };
        request.ResourceNamesSubscribe.Add("a");
        request.InitialResourceVersions.Add("a", "1");
        request.InitialResourceVersions.Add("b", "1");
        _stream.Request(TypeUrls.ClusterLoadAssignment, request);

        Assert.Equal("ClusterLoadAssignment", _stream.NextText());
    }

    [Fact]
    public void Resubscribe_Unchanged_IsAnswered()
    {
        _stream.Put(TypeUrls.ClusterLoadAssignment, "a");
        _stream.Subscribe(TypeUrls.ClusterLoadAssignment, "a");
        _stream.NextText();

        _stream.Subscribe(TypeUrls.ClusterLoadAssignment, "a");

        Assert.Equal("ClusterLoadAssignment +a@1", _stream.NextText());
    }

    [Fact]
    public void Unsubscribe_Name_ItsChangesAreNotSent()
    {
        _stream.Put(TypeUrls.RouteConfiguration, "a", "b");
        _stream.Subscribe(TypeUrls.RouteConfiguration, "a", "b");
        _stream.NextText();
        Unsubscribe(TypeUrls.RouteConfiguration, "a");

        _stream.Put(TypeUrls.RouteConfiguration, "a@2", "b@2");

        Assert.Equal("RouteConfiguration +b@2", _stream.NextText());
    }

    [Theory]
    [InlineData("a", "Cluster +a@1")]
    [InlineData("missing", "Cluster -missing")]
    public void Unsubscribe_NameUnderWildcard_ClientIsToldWhatWildcardSays(string name, string expected)
    {
        _stream.Put(TypeUrls.Cluster, "a");
        _stream.Subscribe(TypeUrls.Cluster, "*", name);
        _stream.NextText();
        _stream.NextText();

        Unsubscribe(TypeUrls.Cluster, name);

        Assert.Equal(expected, _stream.NextText());
    }

    [Fact]
    public void Unsubscribe_Wildcard_NamedOnesStay()
    {
        _stream.Put(TypeUrls.Cluster, "a", "b");
        _stream.Subscribe(TypeUrls.Cluster, "*", "a");
        _stream.NextText();

        Unsubscribe(TypeUrls.Cluster, "*");
        _stream.Put(TypeUrls.Cluster, "a@2", "b@2");

        Assert.Equal("Cluster +a@2", _stream.NextText());
    }

    [Fact]
    public void LegacyWildcard_LaterName_WildcardStays()
    {
        _stream.Subscribe(TypeUrls.Cluster);
        _stream.NextText();
        _stream.Subscribe(TypeUrls.Cluster, "x");
        Assert.Equal("Cluster -x", _stream.NextText());

        _stream.Put(TypeUrls.Cluster, "a");

        Assert.Equal("Cluster +a@1", _stream.NextText());
    }

    [Fact]
    public void Nack_Reason_IsReportedAndNothingIsRepeated()
    {
        _stream.Put(TypeUrls.Cluster, "a");
        _stream.Subscribe(TypeUrls.Cluster);
        var response = _stream.Next()!;

        var answer = _stream.Ack(response, "bad cluster a");

        Assert.Equal(new XdsAck(TypeUrls.Cluster, response.Nonce, response.SystemVersionInfo, "bad cluster a"), answer);
        Assert.Null(_stream.Next());
        var status = Assert.Single(_stream.Delta.Watches).GetStatus();
        Assert.Equal("bad cluster a", status.NackError);
        Assert.False(status.IsSynced);
        _stream.Put(TypeUrls.Cluster, "a@2");
        Assert.Equal("Cluster +a@2", _stream.NextText());
        Assert.True(_stream.Delta.Watches[0].GetStatus().IsSynced);
    }

    [Fact]
    public void Ack_UnknownNonce_IsNoAnswer()
    {
        _stream.Subscribe(TypeUrls.Cluster);
        _stream.Next();

        Assert.Null(_stream.Request(TypeUrls.Cluster, new DeltaDiscoveryRequest { ResponseNonce = "other" }));
        Assert.True(_stream.Delta.Watches[0].HasOutstanding);
    }

    [Fact]
    public void Response_OverTheLimit_IsSplit()
    {
        var stream = new StreamFixture(new XdsServerOptions { ResponseBytesMax = 200 });
        stream.Put(TypeUrls.Cluster, [.. Enumerable.Range(0, 10).Select(i => $"cluster-{i}")]);
        stream.Subscribe(TypeUrls.Cluster);

        var names = new List<string>();
        var responses = 0;
        while (stream.Next() is { } response)
        {
            names.AddRange(response.Resources.Select(resource => resource.Name));
            Assert.True(response.CalculateSize() < 400);
            stream.Ack(response);
            responses++;
        }

        Assert.True(responses > 2);
        Assert.Equal(10, names.Distinct().Count());
        Assert.Equal(10, names.Count);
    }

    [Fact]
    public void Response_Names_OverTheLimitAreRefused()
    {
        var stream = new StreamFixture(new XdsServerOptions { NamesMax = 3 });

        var error = Assert.Throws<GrpcException>(() => stream.Subscribe(TypeUrls.Secret, "a", "b", "c", "d"));

        Assert.Equal(GrpcStatusCode.ResourceExhausted, error.Status.Code);
    }

    [Fact]
    public void VirtualHosts_RouteSubscribed_AllItsHostsAndNoOthers()
    {
        _stream.Put(TypeUrls.VirtualHost, "80/a.com", "80/b.com", "9080/c.com");
        _stream.Subscribe(TypeUrls.VirtualHost, "80");

        Assert.Equal("VirtualHost +80/a.com@1 +80/b.com@1", _stream.NextText());
        _stream.Put(TypeUrls.VirtualHost, "80/a.com@2", "9080/c.com@2");
        Assert.Equal("VirtualHost +80/a.com@2", _stream.NextText());
    }

    [Fact]
    public void VirtualHosts_RouteWithoutHosts_IsAnsweredAsAbsent()
    {
        _stream.Put(TypeUrls.VirtualHost, "9080/c.com");
        _stream.Subscribe(TypeUrls.VirtualHost, "80");

        Assert.Equal("VirtualHost -80", _stream.NextText());
        _stream.Put(TypeUrls.VirtualHost, "80/a.com");
        Assert.Equal("VirtualHost +80/a.com@1", _stream.NextText());
    }

    [Fact]
    public void VirtualHosts_FirstRequestWithoutNames_GetsThemAllAndTheirRemoval()
    {
        // As Envoy asks, which leaves it to the server what to send.
        _stream.Put(TypeUrls.VirtualHost, "80/a.com", "9080/c.com");
        _stream.Request(TypeUrls.VirtualHost, new DeltaDiscoveryRequest { TypeUrl = TypeUrls.VirtualHost });

        Assert.Equal("VirtualHost +80/a.com@1 +9080/c.com@1", _stream.NextText());
        _stream.Push((TypeUrls.VirtualHost, [], ["80/a.com"]));
        Assert.Equal("VirtualHost -80/a.com", _stream.NextText());
    }

    [Fact]
    public void VirtualHosts_OfOneTable_ComeInOneResponse()
    {
        string[] names =
            [.. Enumerable.Range(0, 3000).Select(i => $"{80 + (i % 2)}/service-{i:d5}.{new string('x', 200)}")];
        _stream.Put(TypeUrls.VirtualHost, names);
        _stream.Request(TypeUrls.VirtualHost, new DeltaDiscoveryRequest { TypeUrl = TypeUrls.VirtualHost });

        foreach (var table in (string[])["80/", "81/"])
        {
            var text = _stream.NextText();
            Assert.Equal(names.Count(name => name.StartsWith(table, StringComparison.Ordinal)), text!.Split(" +")
                .Length - 1);
            Assert.DoesNotContain($" +{(table == "80/" ? "81/" : "80/")}", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void VirtualHosts_ClientThatReconnects_IsSentOnlyWhatItLacks()
    {
        _stream.Put(TypeUrls.VirtualHost, "80/a.com", "80/b.com@2");
        _stream.Request(TypeUrls.VirtualHost, new DeltaDiscoveryRequest
        {
            TypeUrl = TypeUrls.VirtualHost,
            ResourceNamesSubscribe = { "80" },
            InitialResourceVersions = { ["80/a.com"] = "1", ["80/b.com"] = "1" },
        });

        Assert.Equal("VirtualHost +80/b.com@2", _stream.NextText());
    }

    [Fact]
    public void Changes_MoreThanTheLogHolds_AreStillFound()
    {
        _stream.Put(TypeUrls.Cluster, "a");
        _stream.Subscribe(TypeUrls.Cluster);
        _stream.NextText();
        _stream.Put(TypeUrls.Cluster, "a@2");
        for (var i = 0; i < 20_000; i++)
        {
            _stream.Put(TypeUrls.Cluster, $"b@{i}");
        }

        Assert.Equal("Cluster +a@2 +b@19999", _stream.NextText());
    }

    [Fact]
    public void Publish_ManySets_WakesOnce()
    {
        SubscribeAll();
        var before = _stream.WakeCount;

        _stream.Push((TypeUrls.Cluster, ["x"], []), (TypeUrls.Listener, ["l@9"], []));

        Assert.Equal(before + 1, _stream.WakeCount);
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

    private void Unsubscribe(string typeUrl, string name)
    {
        var request = new DeltaDiscoveryRequest { TypeUrl = typeUrl };
        request.ResourceNamesUnsubscribe.Add(name);
        _stream.Request(typeUrl, request);
    }
}
