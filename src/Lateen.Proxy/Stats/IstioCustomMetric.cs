using Lateen.Proxy.Cel;

namespace Lateen.Proxy.Stats;

/// <summary>A metric of the configuration's own. Source: <c>stats.MetricDefinition</c>.</summary>
/// <param name="Name">Without <c>istio_</c>.</param>
/// <param name="Kind">Counter, gauge or histogram.</param>
/// <param name="Value">What is counted at the end of a stream.</param>
internal sealed record IstioCustomMetric(string Name, StatKind Kind, CelProgram Value)
{
    /// <summary>One statistic.</summary>
    public StatLayout Layout { get; } = Kind == StatKind.Histogram
        ? StatLayout.Of([], [], [Name])
        : StatLayout.Of([Name], [Kind], []);
}
