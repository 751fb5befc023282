namespace Lateen.Proxy.Stats;

/// <summary>Where each of Istio's metrics of one filter counts for one combination of facts; null: it is
/// dropped.</summary>
internal sealed class IstioSeriesSet
{
    public required StatsScope?[] Counters { get; init; }

    public required StatsScope?[] Histograms { get; init; }

    public StatsScope[] Customs { get; init; } = [];

    public void Add(int worker, IstioStat stat, long amount = 1) => Counters[(int)stat]?.Add(worker, (int)stat, amount);

    public void Record(int worker, IstioHistogram histogram, long value) =>
        Histograms[(int)histogram]?.Record(worker, (int)histogram, value);
}
