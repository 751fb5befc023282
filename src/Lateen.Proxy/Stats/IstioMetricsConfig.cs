namespace Lateen.Proxy.Stats;

/// <summary>Settings of the filter <c>istio.stats</c>. Source: <c>stats.PluginConfig</c>.</summary>
internal sealed record IstioMetricsConfig
{
    public IstioReporter Reporter { get; init; }

    /// <summary>Do not take the Host header when the cluster names no service.</summary>
    public bool DisableHostHeaderFallback { get; init; }

    public long TcpReportingNanos { get; init; } = 5_000_000_000;

    /// <summary>Standard metrics (without <c>istio_</c>) that are dropped.</summary>
    public string[] Dropped { get; init; } = [];

    /// <summary>Changes of tags.</summary>
    public IstioMetricRules Rules { get; init; } = IstioMetricRules.None;

    /// <summary>Metrics of the configuration's own.</summary>
    public IstioCustomMetric[] Customs { get; init; } = [];
}
