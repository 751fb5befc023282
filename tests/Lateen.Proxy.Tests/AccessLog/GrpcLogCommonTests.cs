using Envoy.Data.Accesslog.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.AccessLog.Grpc;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.AccessLog;

/// <summary>Properties that entries of HTTP and TCP share.</summary>
public sealed class GrpcLogCommonTests
{
    [Fact]
    public void Metadata_OfBothKinds_IsTold()
    {
        var metadata = new DynamicMetadata();
        metadata.Set("plain", "key", "text");
        var message = Any.Pack(new StringValue { Value = "typed" });
        metadata.SetTyped("typed", message);

        var told = Written(metadata).Metadata;

        Assert.Equal("text", Assert.Single(told.FilterMetadata).Value.Fields["key"].StringValue);
        Assert.Equal(message, told.TypedFilterMetadata["typed"]);
    }

    [Fact]
    public void Metadata_OfMessagesOnly_IsTold()
    {
        var metadata = new DynamicMetadata();
        metadata.SetTyped("typed", Any.Pack(new StringValue { Value = "typed" }));

        Assert.Equal(["typed"], Written(metadata).Metadata.TypedFilterMetadata.Keys);
        Assert.Null(Written(new DynamicMetadata()).Metadata);
    }

    private static AccessLogCommon Written(DynamicMetadata metadata)
    {
        var output = new ByteBuffer();
        GrpcLogCommon.WriteMetadata(output, metadata);
        return AccessLogCommon.Parser.ParseFrom(output.Written);
    }
}
