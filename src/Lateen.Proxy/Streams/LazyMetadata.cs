using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Config;
using MetadataProto = Envoy.Config.Core.V3.Metadata;

namespace Lateen.Proxy.Streams;

/// <summary>
/// Metadata by namespace, held encoded until it is first looked at: that of most clusters and hosts of a mesh never
/// is. Immutable; safe for any thread.
/// </summary>
/// <param name="packed">The message; most of a kind are alike.</param>
internal sealed class LazyMetadata(PackedBytes packed) : IReadOnlyDictionary<string, Struct>
{
    private readonly PackedBytes _packed = packed;
    private Dictionary<string, Struct>? _fields;
    private Dictionary<string, Any>? _messages;

    public int Count => Fields.Count;

    public IEnumerable<string> Keys => Fields.Keys;

    public IEnumerable<Struct> Values => Fields.Values;

    public Struct this[string key] => Fields[key];

    private Dictionary<string, Struct> Fields =>
        _fields ??= new Dictionary<string, Struct>(MetadataProto.Parser.ParseFrom(_packed.Unpack()).FilterMetadata);

    public bool ContainsKey(string key) => Fields.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Struct value) =>
        Fields.TryGetValue(key, out value);

    /// <summary>The namespace's message; null when it has none.</summary>
    public Any? GetTyped(string key)
    {
        _messages ??= new Dictionary<string, Any>(MetadataProto.Parser.ParseFrom(_packed.Unpack()).TypedFilterMetadata);
        return _messages.GetValueOrDefault(key);
    }

    public IEnumerator<KeyValuePair<string, Struct>> GetEnumerator() => Fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
