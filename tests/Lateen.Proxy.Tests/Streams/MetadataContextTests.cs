using Envoy.Config.Core.V3;
using Envoy.Data.Core.V3;
using Envoy.Type.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Streams;

public sealed class MetadataContextTests
{
    private static readonly MetadataNamespaces Both = new(["n"], ["n"]);

    [Fact]
    public void AddDynamic_OfBothKinds_TellsWhatWasAskedFor()
    {
        var info = new StreamInfo();
        info.SetMetadata("n", "a", "b");
        info.SetMetadata("other", "a", "b");
        info.Metadata!.SetTyped("n", Range(7));
        info.Metadata!.SetTyped("other", Range(8));
        var told = new Metadata();

        MetadataContext.AddDynamic(told, info, Both);

        Assert.Equal("b", Assert.Single(told.FilterMetadata).Value.Fields["a"].StringValue);
        Assert.Equal(Range(7), Assert.Single(told.TypedFilterMetadata).Value);
    }

    [Fact]
    public void AddDynamic_OfTheConnection_StandsInForNamespacesThatTheStreamLacks()
    {
        var info = new StreamInfo();
        info.Connection.Metadata = new DynamicMetadata();
        info.Connection.Metadata.Set("n", "a", "connection");
        info.Connection.Metadata.SetTyped("n", Range(1));
        info.SetMetadata("n", "c", "stream");
        var told = new Metadata();

        MetadataContext.AddDynamic(told, info, Both);

        Assert.Equal("c", Assert.Single(told.FilterMetadata["n"].Fields).Key);
        Assert.Equal(Range(1), told.TypedFilterMetadata["n"]);
    }

    [Fact]
    public void AddConfigured_LeavesWhatIsThere()
    {
        var proto = new Metadata { TypedFilterMetadata = { ["n"] = Range(1), ["m"] = Range(2) } };
        var context = new DecodeContext { Resources = TestResources.Create() };
        var metadata = MatcherDecoder.DecodeMetadataMap(proto, context);
        var told = new Metadata { TypedFilterMetadata = { ["n"] = Range(9) } };

        MetadataContext.AddConfigured(told, metadata, new MetadataNamespaces(["n"], ["n", "m", "none"]));

        Assert.Equal(Range(9), told.TypedFilterMetadata["n"]);
        Assert.Equal(Range(2), told.TypedFilterMetadata["m"]);
        Assert.Empty(told.FilterMetadata);
    }

    [Fact]
    public void Tlvs_OfAConnection_AreTextsAndOneMessage()
    {
        var metadata = new DynamicMetadata();

        var rules = new Dictionary<byte, (string, string)> { [0xE0] = ("n", "a"), [0xE1] = ("n", "b") };

        TlvMetadata.Add(metadata, rules, [(0xE1, [1]), (0xE0, [0xFF]), (0xE2, [9]), (0xE1, [2])]);

        var message = metadata.GetTyped("n")!;
        Assert.Equal("type.googleapis.com/envoy.data.core.v3.TlvsMetadata", message.TypeUrl);
        var told = TlvsMetadata.Parser.ParseFrom(message.Value);
        Assert.Equal([0xFF], told.TypedMetadata["a"].ToByteArray());
        Assert.Equal([2], told.TypedMetadata["b"].ToByteArray());
        Assert.Equal("\u0001", metadata.Get("n", "b"));
        Assert.Equal(2, metadata.Count);
    }

    [Fact]
    public void Tlvs_OfOneTypeBesideALargeOne_CostWhatTheyHold()
    {
        var rules = new Dictionary<byte, (string, string)> { [0xE0] = ("n", "a"), [0xE1] = ("n", "b") };
        List<(byte, byte[])> tlvs = [(0xE0, new byte[32 * 1024])];
        tlvs.AddRange(Enumerable.Repeat(((byte)0xE1, new byte[] { 1 }), 8 * 1024));
        var before = GC.GetAllocatedBytesForCurrentThread();

        TlvMetadata.Add(new DynamicMetadata(), rules, tlvs);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
    }

    private static Any Range(long start) => new()
    {
        TypeUrl = "type.googleapis.com/envoy.type.v3.Int64Range",
        Value = new Int64Range { Start = start }.ToByteString(),
    };
}
