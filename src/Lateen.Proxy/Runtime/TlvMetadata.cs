using System.Text;
using Envoy.Data.Core.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>Extensions of a PROXY header as dynamic metadata: texts by key, and one message with their bytes.</summary>
internal static class TlvMetadata
{
    private const string TypeUrl = "type.googleapis.com/envoy.data.core.v3.TlvsMetadata";

    /// <summary>Adds one; a later one of the same key takes its place.</summary>
    public static void Add(DynamicMetadata metadata, string space, string key, byte[] value)
    {
        metadata.Set(space, key, Encoding.UTF8.GetString(value));
        var message = metadata.GetTyped(space) is { } held
            ? TlvsMetadata.Parser.ParseFrom(held.Value) : new TlvsMetadata();
        message.TypedMetadata[key] = ByteString.CopyFrom(value);
        metadata.SetTyped(space, new Any { TypeUrl = TypeUrl, Value = message.ToByteString() });
    }
}
