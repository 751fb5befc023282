using System.Collections.Immutable;
using Lateen.Pilot.Model;
using Lateen.Xds;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Listeners;

/// <summary>
/// A listener whose spans name the client. Only the bytes around the names are made anew for a client, so that it costs
/// a copy, not a translation; nothing is kept for it.
/// </summary>
internal sealed class ListenerTemplate : ClientTemplate
{
    private readonly SpanSlots _slots;

    private ListenerTemplate(XdsResource listener, SpanSlots slots)
        : base(listener.TypeUrl, listener.Name, listener.Version, [.. listener.Pieces])
    {
        _slots = slots;
    }

    /// <summary>The listener as a template; as it is when no name of a client stands in it.</summary>
    internal static XdsResource Of(XdsResource listener)
    {
        var slots = SpanSlots.Find(listener.Body);
        return slots.Count == 0 ? listener : new ListenerTemplate(listener, slots);
    }

    /// <inheritdoc/>
    public override XdsResource For(ClientNames client)
    {
        ArgumentNullException.ThrowIfNull(client);
        var body = _slots.Fill(client);
        return new XdsResource(
            TypeUrls.Listener, Name, XdsResource.HashVersion(body), ImmutableArray.Create<ReadOnlyMemory<byte>>(body));
    }
}
