namespace Lateen.Proxy.Stats;

/// <summary>Istio's metrics for one set of tags.</summary>
internal sealed class IstioSeries(KeyValuePair<string, string>[] tags, StatsScope cells)
{
    private long _seen = -1;

    public KeyValuePair<string, string>[] Tags { get; } = tags;

    public StatsScope Cells { get; } = cells;

    /// <summary>Whether nothing has been added since this was asked last; the first time it is used.</summary>
    public bool IsUnusedSince(List<StatSample> samples)
    {
        var now = samples.Sum(sample => sample.Value + (sample.Histogram?.Count ?? 0));
        var isUnused = now == _seen;
        _seen = now;
        return isUnused;
    }
}
