namespace Lateen.Proxy.Stats;

/// <summary>All statistics at one flush, and what has changed since the one before.</summary>
/// <param name="Samples">Those that were used, in order of their names.</param>
/// <param name="TakenAt">When.</param>
/// <param name="PreviousAt">When the one before was; that of the start for the first.</param>
internal sealed record StatsSnapshot(
    IReadOnlyList<FlushedStat> Samples, DateTimeOffset TakenAt, DateTimeOffset PreviousAt);
