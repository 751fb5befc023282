using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Config;

/// <summary>
/// The cluster manager's clusters by name, with what it asks of them all: which warm, how many are in force, which want
/// an assignment. Each answer costs what it names, however many clusters there are. Thread: as <see
/// cref="ClusterManager"/>.
/// </summary>
internal sealed class ClusterEntries
{
    private readonly Dictionary<string, ClusterEntry> _byName = [];
    private readonly HashSet<ClusterEntry> _warming = [];
    private readonly Dictionary<string, ClusterEntry[]> _byAssignment = [];

    public IReadOnlyDictionary<string, ClusterEntry> ByName => _byName;

    public IReadOnlyCollection<ClusterEntry> Warming => _warming;

    /// <summary>Clusters in force.</summary>
    public int ActiveCount { get; private set; }

    /// <summary>The key of an assignment that no cluster wants any more.</summary>
    public event Action<string>? AssignmentUnused;

    public ClusterEntry Add(string name, bool isStatic)
    {
        var entry = new ClusterEntry(name, isStatic, this);
        _byName.Add(name, entry);
        return entry;
    }

    /// <summary>Removes and disposes a cluster.</summary>
    public void Remove(ClusterEntry entry)
    {
        _byName.Remove(entry.Name);
        entry.Dispose();
    }

    /// <summary>The clusters that want an assignment.</summary>
    /// <param name="key">As its source keeps it.</param>
    public ReadOnlySpan<ClusterEntry> Wanting(string key) => _byAssignment.GetValueOrDefault(key);

    public void OnWarming(ClusterEntry entry, Cluster cluster)
    {
        _warming.Add(entry);
        if (cluster.Config.AssignmentKey is not { } key)
        {
            return;
        }
        var entries = _byAssignment.GetValueOrDefault(key, []);
        if (!entries.Contains(entry))
        {
            _byAssignment[key] = [.. entries, entry];
        }
    }

    /// <summary>A cluster is in force, or was: counts by <paramref name="change"/>.</summary>
    public void OnActive(int change) => ActiveCount += change;

    /// <summary>None of the entry's clusters warms any more.</summary>
    public void OnSettled(ClusterEntry entry) => _warming.Remove(entry);

    /// <summary>One of the entry's clusters is no longer its.</summary>
    public void OnGone(ClusterEntry entry, Cluster cluster)
    {
        if (cluster.Config.AssignmentKey is not { } key || entry.All.Any(other => other.Config.AssignmentKey == key))
        {
            return;
        }
        var others = Array.FindAll(_byAssignment[key], other => other != entry);
        if (others.Length > 0)
        {
            _byAssignment[key] = others;
            return;
        }
        _byAssignment.Remove(key);
        AssignmentUnused?.Invoke(key);
    }
}
