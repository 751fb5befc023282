namespace Lateen.Xds.Client;

/// <summary>A response on its way through the client.</summary>
/// <param name="Subscription">The type's state.</param>
/// <param name="Nonce">What the answer must carry.</param>
/// <param name="Version">Version text of the response.</param>
/// <param name="Update">What the handler sees; null where the response was rejected before.</param>
internal sealed record ReceivedResponse(Subscription Subscription, string Nonce, string Version, XdsUpdate? Update)
{
    /// <summary>Why it was rejected before the handler saw it.</summary>
    internal string? Error { get; init; }

    /// <summary>How long its resources count, by name; null where none says so. Those without content (heartbeats)
    /// are in it, too.</summary>
    internal IReadOnlyList<ResourceLifetime>? Lifetimes { get; init; }
}
