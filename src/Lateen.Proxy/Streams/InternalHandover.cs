using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Streams;

/// <summary>What <c>internal_upstream</c> hands to the internal listener that takes the connection.</summary>
/// <param name="State">Filter state that is shared; null: none.</param>
/// <param name="Metadata">Metadata of host and cluster that are passed through.</param>
internal sealed record InternalHandover(
    SharedFilterState? State, IReadOnlyList<KeyValuePair<string, Struct>> Metadata)
{
    /// <summary>Filter state of the upstream connection, for what the other end learns of the peer; null: it wants
    /// nothing.</summary>
    public FilterState? PeerState { get; init; }

    /// <summary>Writes it into the facts of the accepted connection.</summary>
    public void ApplyTo(ConnectionInfo info)
    {
        State?.ApplyTo(info.FilterState ??= new FilterState());
        foreach (var (space, fields) in Metadata)
        {
            foreach (var (key, value) in fields.Fields)
            {
                (info.Metadata ??= new DynamicMetadata()).Set(space, key, MetadataValues.Unwrap(value) ?? "");
            }
        }
    }
}
