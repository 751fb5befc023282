using Envoy.Config.Cluster.V3;
using Google.Protobuf;
using Lateen.Proxy.Config;

namespace Lateen.Proxy.Tests.Config;

public sealed class UnknownFieldCounterTests
{
    private static readonly byte[] _unknown = [0xFA, 0xF0, 0x04, 0x01, (byte)'x'];

    [Fact]
    public void Parse_WithoutUnknownFields_CountsNothing()
    {
        var counter = new UnknownFieldCounter();

        var cluster = counter.Parse(Cluster.Parser, "t", new Cluster { Name = "a" }.ToByteString());

        Assert.Equal("a", cluster.Name);
        Assert.Equal(0, counter.Count);
    }

    [Fact]
    public void Parse_WithTheSameUnknownFieldTwice_CountsOnce()
    {
        var counter = new UnknownFieldCounter();

        counter.Parse(Cluster.Parser, "t", With(new Cluster { Name = "a" }));
        var second = counter.Parse(Cluster.Parser, "t", With(new Cluster { Name = "b" }));

        Assert.Equal("b", second.Name);
        Assert.Equal(1, counter.Count);
    }

    [Fact]
    public void Parse_OfUnusualWriting_CountsNothing()
    {
        // The default value, written out.
        var body = ByteString.CopyFrom([.. new Cluster { Name = "a" }.ToByteArray(), 0x10, 0x00]);
        var counter = new UnknownFieldCounter();

        counter.Parse(Cluster.Parser, "t", body);

        Assert.Equal(0, counter.Count);
    }

    private static ByteString With(Cluster cluster) => ByteString.CopyFrom([.. cluster.ToByteArray(), .. _unknown]);
}
