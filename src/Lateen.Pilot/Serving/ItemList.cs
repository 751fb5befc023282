using Lateen.Pilot.Graph;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Serving;

/// <summary>The keys of a part's resources, each with a result of its own, and what else is in the part.</summary>
/// <param name="Items">The keys; each once.</param>
/// <param name="Fixed">Resources that belong to no key.</param>
internal sealed record ItemList<TItem>(EquatableArray<TItem> Items, EquatableArray<XdsResource> Fixed)
    where TItem : notnull;
