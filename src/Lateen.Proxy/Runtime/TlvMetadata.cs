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

    /// <summary>Adds those that a rule names. Of several for a key the text is the first one's and the bytes are the
    /// last one's, as in Envoy. Each type is looked at once from either end: a header may have 20,000 of one.</summary>
    public static void Add(
        DynamicMetadata metadata, IReadOnlyDictionary<byte, (string Namespace, string Key)> rules,
        List<(byte Type, byte[] Value)> tlvs)
    {
        Span<bool> seen = stackalloc bool[byte.MaxValue + 1];
        foreach (var (type, value) in tlvs)
        {
            if (!seen[type] && rules.TryGetValue(type, out var rule) && metadata.Get(rule.Namespace, rule.Key) is null)
            {
                metadata.Set(rule.Namespace, rule.Key, Encoding.UTF8.GetString(value));
            }

            seen[type] = true;
        }

        var messages = new Dictionary<string, TlvsMetadata>();
        var written = new HashSet<(string Namespace, string Key)>();
        seen.Clear();
        for (var i = tlvs.Count - 1; i >= 0; i--)
        {
            var (type, value) = tlvs[i];
            if (!seen[type] && rules.TryGetValue(type, out var rule) && written.Add(rule))
            {
                Message(metadata, messages, rule.Namespace).TypedMetadata[rule.Key] = ByteString.CopyFrom(value);
            }

            seen[type] = true;
        }

        foreach (var (space, message) in messages)
        {
            metadata.SetTyped(space, new Any { TypeUrl = TypeUrl, Value = message.ToByteString() });
        }
    }

    // With what an earlier filter has put there.
    private static TlvsMetadata Message(
        DynamicMetadata metadata, Dictionary<string, TlvsMetadata> messages, string space)
    {
        if (!messages.TryGetValue(space, out var message))
        {
            message = metadata.GetTyped(space) is { } held
                ? TlvsMetadata.Parser.ParseFrom(held.Value) : new TlvsMetadata();
            messages.Add(space, message);
        }

        return message;
    }
}
