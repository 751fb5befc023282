using Google.Protobuf;
using Istio.Workload;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Stats;

/// <summary>Workloads by address, and as baggage.</summary>
public sealed class WorkloadIndexTests
{
    private static readonly Address _address = new(IpAddress.FromV4(0x0A000001), 80);
    private readonly WorkloadIndex _index = new(new StatsStore(1));

    [Fact]
    public void Apply_Workload_IsFoundWithDefaults()
    {
        _index.Apply(Make("a", "w").ToByteString());

        var found = _index.Find(_address)!;

        Assert.Equal(("w", "default", "spiffe://cluster.local/ns/default/sa/default", "deployment"),
            (found.Workload, found.Namespace, found.Identity, found.Type));
    }

    [Fact]
    public void Apply_SameUidAgain_Replaces()
    {
        _index.Apply(Make("a", "old").ToByteString());
        _index.Apply(Make("a", "new").ToByteString());

        Assert.Equal("new", _index.Find(_address)!.Workload);
    }

    [Fact]
    public void Remove_AddressTakenByAnother_StaysWithThatOne()
    {
        _index.Apply(Make("a", "first").ToByteString());
        _index.Apply(Make("b", "second").ToByteString());

        _index.Remove("a");

        Assert.Equal("second", _index.Find(_address)!.Workload);
    }

    [Fact]
    public void Apply_HostNetwork_IsNotFound()
    {
        var workload = Make("a", "w");
        workload.NetworkMode = NetworkMode.HostNetwork;

        _index.Apply(workload.ToByteString());

        Assert.Null(_index.Find(_address));
    }

    [Fact]
    public void Baggage_WrittenAndRead_IsTheSame()
    {
        var workload = new WorkloadMetadata
        {
            Workload = "w",
            Type = "job",
            CanonicalName = "s",
            App = "s",
            CanonicalRevision = "v1",
            Version = "v2",
            Namespace = "n",
            Cluster = "c",
            Instance = "i",
            Region = "r",
            Zone = "z",
        };

        var text = WorkloadBaggage.Write(workload);

        Assert.Equal("k8s.job.name=w,service.name=s,service.version=v1,app.version=v2,k8s.namespace.name=n,"
            + "k8s.cluster.name=c,k8s.instance.name=i,cloud.region=r,cloud.availability_zone=z", text);
        Assert.Equal(workload, WorkloadBaggage.Read(text) with { Labels = workload.Labels });
    }

    [Fact]
    public void Baggage_NamesOnly_FillOneAnother()
    {
        var workload = WorkloadBaggage.Read("k8s.deployment.name=w,service.name=s,service.version=v1");

        Assert.Equal(("s", "v1", "deployment"), (workload.App, workload.Version, workload.Type));
    }

    private static Workload Make(string uid, string name)
    {
        var workload = new Workload { Uid = uid, WorkloadName = name };
        workload.Addresses.Add(ByteString.CopyFrom(10, 0, 0, 1));
        return workload;
    }
}
