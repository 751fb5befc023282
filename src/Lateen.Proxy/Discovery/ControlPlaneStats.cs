using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Discovery;

/// <summary>The state of a stream to a management server, below <c>control_plane.</c> of its prefix.</summary>
internal sealed class ControlPlaneStats(StatsStore store, string prefix) : IDisposable
{
    private static readonly StatLayout Layout =
        StatLayout.Build<Stat>([Stat.ConnectedState, Stat.PendingRequests]);

    private readonly StatsScope _scope = Open(store, prefix);

    private enum Stat
    {
        ConnectedState,
        PendingRequests,
        RateLimitEnforced,
    }

    public void OnConnection(bool connected) => _scope.Set((int)Stat.ConnectedState, connected ? 1 : 0);

    /// <summary>Requests wait for the limit.</summary>
    public void OnHeldBack(int waiting)
    {
        _scope.AddFromMain((int)Stat.RateLimitEnforced);
        _scope.Set((int)Stat.PendingRequests, waiting);
    }

    // The server's name is listed before it is known.
    private static StatsScope Open(StatsStore store, string prefix)
    {
        var scope = store.GetScope($"{prefix}control_plane.", Layout);
        scope.SetText("identifier", "");
        return scope;
    }

    public void Dispose() => _scope.Release();
}
