using System.Collections.Immutable;
using Lateen.Pilot.Model;
using Lateen.Xds.Server;

namespace Lateen.Pilot;

/// <summary>
/// A resource that clients of all namespaces share but for the names in it. It is itself what a client without names
/// gets. What it gives depends on its content and the names alone, and so do the versions.
/// </summary>
public abstract class ClientTemplate : XdsResource
{
    /// <inheritdoc/>
    protected ClientTemplate(
        string typeUrl, string name, string version, ImmutableArray<ReadOnlyMemory<byte>> pieces)
        : base(typeUrl, name, version, pieces)
    {
    }

    /// <summary>The resource for a client. Any thread.</summary>
    public abstract XdsResource For(ClientNames client);
}
