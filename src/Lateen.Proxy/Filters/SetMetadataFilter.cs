using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>set_metadata</c>: fixed dynamic metadata.</summary>
internal sealed class SetMetadataFilter : HttpFilter
{
    private readonly StatsScope _scope;
    private readonly int _denied;

    public SetMetadataFilter(StatsScope scope)
    {
        _scope = scope;
        _denied = scope.GetOrAdd("set_metadata.overwrite_denied");
    }

    /// <summary>In order; a namespace that has values already is changed only where that is allowed.</summary>
    public required (string Namespace, Struct Value, bool AllowOverwrite)[] Entries { get; init; }

    /// <summary>The same of messages.</summary>
    public (string Namespace, Any Message, bool AllowOverwrite)[] Messages { get; init; } = [];

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        foreach (var (space, value, allowOverwrite) in Entries)
        {
            var exists = info.Metadata?.HasNamespace(space) == true;
            if (exists && !allowOverwrite)
            {
                _scope.Add(worker, _denied);
                continue;
            }
            foreach (var (key, entry) in value.Fields)
            {
                var merged = exists && info.Metadata!.Get(space, key) is Value old ? Merge(old, entry) : entry;
                info.SetMetadata(space, key, merged);
            }
        }
        foreach (var (space, message, allowOverwrite) in Messages)
        {
            if (info.Metadata?.GetTyped(space) is not null && !allowOverwrite)
            {
                _scope.Add(worker, _denied);
                continue;
            }
            (info.Metadata ??= new DynamicMetadata()).SetTyped(space, message);
        }
        return HttpFilterResult.Continue;
    }

    /// <summary>Lists are joined, mappings merged, other values replaced.</summary>
    private static Value Merge(Value old, Value next)
    {
        if (old.KindCase != next.KindCase)
        {
            return next;
        }
        switch (next.KindCase)
        {
            case Value.KindOneofCase.ListValue:
                var list = old.Clone();
                list.ListValue.Values.AddRange(next.ListValue.Values);
                return list;
            case Value.KindOneofCase.StructValue:
                var fields = old.Clone();
                foreach (var (key, value) in next.StructValue.Fields)
                {
                    fields.StructValue.Fields[key] =
                        fields.StructValue.Fields.TryGetValue(key, out var present) ? Merge(present, value) : value;
                }
                return fields;
            default:
                return next;
        }
    }
}
