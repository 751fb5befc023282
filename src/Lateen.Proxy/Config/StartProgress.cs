using Lateen.Xds;

namespace Lateen.Proxy.Config;

/// <summary>Where the start is: clusters first, then listeners. Caller holds the configuration's lock.</summary>
internal sealed class StartProgress(RuntimeLayers runtime, ClusterManager clusters, ListenerManager listeners)
{
    private readonly HashSet<string> _typesAnswered = [];
    private bool _isLive;
    private int _updatesUnderWay;

    /// <summary>Clusters come by discovery, so that the start waits for their first answer.</summary>
    public bool DiscoversClusters { get; set; }

    /// <summary>Listeners come by discovery.</summary>
    public bool DiscoversListeners { get; set; }

    /// <summary>All clusters of the start have been there once.</summary>
    public bool ClustersReady { get; private set; }

    /// <summary>A first answer of a type has come, or is not waited for any longer.</summary>
    public void OnAnswered(string typeUrl) => _typesAnswered.Add(typeUrl);

    /// <summary>An update begins or, with -1, is over.</summary>
    public void NoteUpdate(int change) => _updatesUnderWay += change;

    /// <summary>The state now; listeners are told once when it is live.</summary>
    public ServerState Advance()
    {
        var state = FindState();
        ClustersReady |= state != ServerState.PreInitializing;
        if (state == ServerState.Live && !_isLive && _updatesUnderWay > 0)
        {
            return ServerState.Initializing;
        }
        if (state == ServerState.Live && !_isLive)
        {
            _isLive = true;
            listeners.SetLive();
        }
        // What comes later warms beside what serves.
        return _isLive ? ServerState.Live : state;
    }

    private ServerState FindState()
    {
        if (runtime.IsAwaited || clusters.IsWarming
            || (DiscoversClusters && !_typesAnswered.Contains(TypeUrls.Cluster)))
        {
            return ServerState.PreInitializing;
        }
        return listeners.IsWarming || (DiscoversListeners && !_typesAnswered.Contains(TypeUrls.Listener))
            ? ServerState.Initializing
            : ServerState.Live;
    }
}
