using Lateen.Proxy.Discovery;

namespace Lateen.Proxy.Routing;

/// <summary>
/// The place of a route table: fixed, or kept up by RDS. A stream takes <see cref="Current"/> once and stays with it.
/// </summary>
internal sealed class RouteConfigurationSlot(
    string name, RouteConfiguration? fixedTable = null, DiscoverySource? source = null)
{
    private RouteConfiguration? _current = fixedTable;

    public string Name { get; } = name;

    /// <summary>Where it comes from; null when it is fixed.</summary>
    public DiscoverySource? Source { get; } = source;

    /// <summary>Where its virtual hosts come from one by one; null: with the table.</summary>
    public DiscoverySource? VirtualHostSource { get; set; }

    /// <summary>Nothing came in time, or what came was refused: listeners start without it.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>No listener waits for it.</summary>
    public bool IsSettled => IsGivenUp || Current is not null;

    /// <summary>Null until a table has come: every request is 404 then (route_configuration_not_found).</summary>
    public RouteConfiguration? Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }
}
