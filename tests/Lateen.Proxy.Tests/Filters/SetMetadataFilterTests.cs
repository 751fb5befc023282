using Google.Protobuf;
using Lateen.Http;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Config.Decode.Filters;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;
using SetMetadataProto = Envoy.Extensions.Filters.Http.SetMetadata.V3.Config;

namespace Lateen.Proxy.Tests.Filters;

public sealed class SetMetadataFilterTests
{
    private const string Range = "{\"@type\": type.googleapis.com/envoy.type.v3.Int64Range, start: ";

    [Fact]
    public void Messages_OfANamespace_AreReplacedOnlyWhereThatIsAllowed()
    {
        var stats = new StatsStore(1);
        var filter = Decode(
            "metadata: [{metadata_namespace: a, typed_value: " + Range + "1}}, "
                + "{metadata_namespace: a, typed_value: " + Range + "2}}, "
                + "{metadata_namespace: b, typed_value: " + Range + "1}}, "
                + "{metadata_namespace: b, typed_value: " + Range + "2}, allow_overwrite: true}, "
                + "{metadata_namespace: b, value: {k: v}}]", stats);
        var info = new StreamInfo();

        filter.OnRequestHeaders(0, new HeaderMap(), info);

        Assert.Equal([8, 1], info.Metadata!.GetTyped("a")!.Value.ToByteArray());
        Assert.Equal([8, 2], info.Metadata!.GetTyped("b")!.Value.ToByteArray());
        Assert.Equal("v", MetadataValues.Unwrap(info.Metadata!.Get("b", "k")));
    }

    [Fact]
    public void Entry_WithBothKinds_SetsTheValueOnly()
    {
        var filter = Decode(
            "metadata: [{metadata_namespace: a, value: {k: v}, typed_value: " + Range + "1}}]", new StatsStore(1));
        var info = new StreamInfo();

        filter.OnRequestHeaders(0, new HeaderMap(), info);

        Assert.Null(info.Metadata!.GetTyped("a"));
        Assert.True(info.Metadata!.HasNamespace("a"));
    }

    private static HttpFilter Decode(string yaml, StatsStore stats)
    {
        var proto = TestResources.Read<SetMetadataProto>(yaml);
        var context = new DecodeContext { Resources = TestResources.Create() };
        return MetadataFilterDecoder.SetMetadata(new FilterSource(
            "f", false, "", proto.ToByteString(), null, stats.GetScope("http.test.", StatLayout.Empty), "f", context));
    }
}
