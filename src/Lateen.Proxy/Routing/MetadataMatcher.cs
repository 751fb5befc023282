using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Routing;

/// <summary>A rule over dynamic metadata. Source: <c>type.matcher.v3.MetadataMatcher</c>.</summary>
internal sealed class MetadataMatcher
{
    public required string Filter { get; init; }

    public required string[] Path { get; init; }

    public required ValueMatcher Value { get; init; }

    public bool Invert { get; init; }

    public bool IsMatch(DynamicMetadata? metadata) => Value.IsMatch(metadata?.GetPath(Filter, Path)) != Invert;

    /// <summary>The same over metadata of the configuration.</summary>
    public bool IsMatch(IReadOnlyDictionary<string, Struct>? metadata) =>
        Value.IsMatch(MetadataValues.Get(metadata?.GetValueOrDefault(Filter), Path)) != Invert;
}
