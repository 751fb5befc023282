namespace Lateen.Proxy.Stats;

/// <summary>Istio's metrics for one set of tags.</summary>
internal sealed class IstioSeries(KeyValuePair<string, string>[] tags, StatsScope cells)
{
    public KeyValuePair<string, string>[] Tags { get; } = tags;

    public StatsScope Cells { get; } = cells;
}
