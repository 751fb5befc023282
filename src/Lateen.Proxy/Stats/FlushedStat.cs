namespace Lateen.Proxy.Stats;

/// <summary>One statistic at a flush.</summary>
/// <param name="Sample">Its value since the start.</param>
/// <param name="Delta">Of counters: since the flush before.</param>
/// <param name="Interval">Of histograms: what was recorded since the flush before.</param>
/// <param name="ExtractedName">The name without its tags.</param>
/// <param name="Tags">The tags, in order.</param>
internal sealed record FlushedStat(
    StatSample Sample, long Delta, HistogramCells? Interval, string ExtractedName,
    IReadOnlyList<KeyValuePair<string, string>> Tags);
