using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Streams;

/// <summary>What services that are called for a stream are told of its metadata.</summary>
internal static class MetadataContext
{
    /// <summary>Adds dynamic metadata: the stream's or, of namespaces that it has nothing of, the
    /// connection's.</summary>
    public static void AddDynamic(Metadata target, StreamInfo info, MetadataNamespaces namespaces)
    {
        foreach (var name in namespaces.Untyped)
        {
            if ((Fields(info.Metadata, name) ?? Fields(info.Connection.Metadata, name)) is { } fields)
            {
                target.FilterMetadata[name] = fields;
            }
        }
        foreach (var name in namespaces.Typed)
        {
            if ((info.Metadata?.GetTyped(name) ?? info.Connection.Metadata?.GetTyped(name)) is { } message)
            {
                target.TypedFilterMetadata[name] = message;
            }
        }
    }

    /// <summary>Adds metadata of a route or a cluster; what is there already stays.</summary>
    public static void AddConfigured(
        Metadata target, IReadOnlyDictionary<string, Struct>? metadata, MetadataNamespaces namespaces)
    {
        if (metadata is null)
        {
            return;
        }
        foreach (var name in namespaces.Untyped)
        {
            if (!target.FilterMetadata.ContainsKey(name) && metadata.TryGetValue(name, out var fields))
            {
                target.FilterMetadata[name] = fields;
            }
        }
        foreach (var name in namespaces.Typed)
        {
            if (!target.TypedFilterMetadata.ContainsKey(name)
                && (metadata as LazyMetadata)?.GetTyped(name) is { } message)
            {
                target.TypedFilterMetadata[name] = message;
            }
        }
    }

    private static Struct? Fields(DynamicMetadata? metadata, string name)
    {
        if (metadata?.HasNamespace(name) != true)
        {
            return null;
        }
        var fields = new Struct();
        foreach (var (key, value) in metadata.GetAll(name))
        {
            fields.Fields[key] = MetadataValues.Wrap(value);
        }
        return fields;
    }
}
