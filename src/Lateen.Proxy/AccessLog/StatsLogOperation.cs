namespace Lateen.Proxy.AccessLog;

/// <summary>How an entry changes a statistic.</summary>
internal enum StatsLogOperation : byte
{
    Count,
    Record,
    SetGauge,

    /// <summary>Added at one moment, taken back at another or at the end.</summary>
    AddUntil,
}
