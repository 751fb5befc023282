using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Serving;

/// <summary>Says which parts a group of proxies gets. At most two parts of one type: one that is shared widely, and one
/// of its own. Their names must not overlap.</summary>
public interface IResourceGenerator
{
    /// <summary>The parts of a group; called within a query, so whatever is read is recorded.</summary>
    IEnumerable<ResourcePart> PartsOf(QueryContext context, ProxyGroup group);
}
