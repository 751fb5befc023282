using Lateen.Proxy.Discovery;

namespace Lateen.Proxy.Routing;

/// <summary>
/// The place of a set of scopes: fixed, or kept up by SRDS. Connection managers with the same source share it.
/// </summary>
internal sealed class RouteScopeSlot(
    RouteScopeSet? fixedSet = null, DiscoverySource? source = null, DiscoverySource? routesSource = null)
{
    private RouteScopeSet _current = fixedSet ?? RouteScopeSet.Empty;

    /// <summary>Where the scopes come from; null when they are fixed.</summary>
    public DiscoverySource? Source { get; } = source;

    /// <summary>Where the tables come from that scopes name; null when all are fixed.</summary>
    public DiscoverySource? RoutesSource { get; } = routesSource;

    /// <summary>The first answer has come, or nobody waits for it any longer.</summary>
    public bool IsAnswered { get; set; } = source is null;

    /// <summary>No listener waits for it: the scopes are known, and the tables that are not asked for on
    /// demand.</summary>
    public bool IsSettled =>
        IsAnswered && Current.ByName.Values.All(scope => scope.IsOnDemand || scope.Routes.IsSettled);

    public RouteScopeSet Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }
}
