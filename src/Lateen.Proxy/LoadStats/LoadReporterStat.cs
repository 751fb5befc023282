namespace Lateen.Proxy.LoadStats;

/// <summary>Counters of load reporting, below <c>load_reporter.</c>; as in Envoy, what comes is a request.</summary>
internal enum LoadReporterStat
{
    Errors,
    Requests,
    Responses,
}
