using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Serving;

/// <summary>What a proxy is served: its group and the parts of it.</summary>
internal sealed record ServedParts(ProxyGroup Group, EquatableArray<ResourcePart> Parts);
