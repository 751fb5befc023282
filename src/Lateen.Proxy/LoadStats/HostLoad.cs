using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.LoadStats;

/// <summary>What a host has done, or what of it came since another such reading.</summary>
internal readonly record struct HostLoad(
    ulong Success, ulong Error, ulong Issued, ulong NewConnections, ulong FailedConnections, ulong Active,
    ulong ActiveConnections)
{
    /// <summary>Nothing to report.</summary>
    public bool IsEmpty => Success + Error + Issued + Active == 0;

    /// <summary>The host's counters now. Thread: any.</summary>
    public static HostLoad Read(Host host) => new(
        Count(host, HostStat.RqSuccess), Count(host, HostStat.RqError), Count(host, HostStat.RqTotal),
        Count(host, HostStat.CxTotal), Count(host, HostStat.CxConnectFail), Count(host, HostStat.RqActive),
        Count(host, HostStat.CxActive));

    /// <summary>Counters less those of an earlier reading; what is active stays as it is.</summary>
    public HostLoad Since(HostLoad before) => this with
    {
        Success = Success - before.Success,
        Error = Error - before.Error,
        Issued = Issued - before.Issued,
        NewConnections = NewConnections - before.NewConnections,
        FailedConnections = FailedConnections - before.FailedConnections,
    };

    public HostLoad Plus(HostLoad other) => new(
        Success + other.Success, Error + other.Error, Issued + other.Issued,
        NewConnections + other.NewConnections, FailedConnections + other.FailedConnections, Active + other.Active,
        ActiveConnections + other.ActiveConnections);

    private static ulong Count(Host host, HostStat stat) => (ulong)Math.Max(0, host.Read(stat));
}
