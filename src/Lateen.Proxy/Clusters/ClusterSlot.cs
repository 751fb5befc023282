namespace Lateen.Proxy.Clusters;

/// <summary>
/// The place of a cluster by name. Routes hold the slot, so that a request reaches the present cluster without a
/// look-up, and
/// sees that there is none as a null.
/// </summary>
internal sealed class ClusterSlot(string name)
{
    private Cluster? _current;

    public string Name { get; } = name;

    /// <summary>There is such a cluster, though it may still warm. Thread: configuration.</summary>
    public bool IsConfigured { get; set; }

    /// <summary>The active cluster; null while there is none (response flag NC). Written by the configuration
    /// thread.</summary>
    public Cluster? Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }
}
