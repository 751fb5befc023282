using Lateen.Pilot.Graph;
using Lateen.Xds.Server;

namespace Lateen.Pilot;

/// <summary>Encoded resources of one type, and what could not be generated and is left out.</summary>
/// <param name="Resources">Each name once. Unchanged resources are the same objects as before.</param>
/// <param name="Problems">For people: what is missing, and why.</param>
public sealed record ResourceList(EquatableArray<XdsResource> Resources, EquatableArray<string> Problems)
{
    /// <summary>Nothing.</summary>
    public static ResourceList Empty { get; } = new([], []);
}
