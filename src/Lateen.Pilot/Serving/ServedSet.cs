using Lateen.Pilot.Graph;
using Lateen.Xds.Server;

namespace Lateen.Pilot.Serving;

/// <summary>One part as it is served: the last results, and the set that streams read. Owned by the graph's
/// thread.</summary>
internal abstract class ServedSet(ResourcePart part) : IDisposable
{
    public ResourcePart Part => part;

    public XdsResourceSet Resources { get; } = new(part.TypeUrl);

    /// <summary>How many proxies have it.</summary>
    public int References { get; set; }

    /// <summary>What is missing, and why.</summary>
    public abstract IEnumerable<string> Problems { get; }

    /// <summary>Takes note, before a refresh, of a result that may have changed.</summary>
    public abstract void Suspect(Observation observation);

    /// <summary>Brings the set up to date within a push. Returns how many resources changed or went.</summary>
    public abstract int Refresh(QueryContext context, XdsPush push);

    public abstract void Dispose();

    /// <summary>Starts to hear of changes.</summary>
    protected Observation Watch(Observation observation)
    {
        observation.Readers.Add(this);
        return observation;
    }

    /// <summary>Stops.</summary>
    protected void Unwatch(Observation observation)
    {
        observation.Readers.Remove(this);
        observation.Dispose();
    }
}
