namespace Lateen.Proxy.Stats;

/// <summary>The value of one statistic when it was read.</summary>
/// <param name="Name">Full name, before tags are taken out.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Value">Of counters and gauges.</param>
/// <param name="Histogram">Of histograms; null when nothing was recorded.</param>
/// <param name="Text">Of text readouts.</param>
/// <param name="Tags">Tags that the maker gave, in order; null: they are extracted from the name.</param>
internal readonly record struct StatSample(
    string Name, StatKind Kind, long Value, HistogramCells? Histogram, string? Text = null,
    KeyValuePair<string, string>[]? Tags = null)
{
    /// <summary>Whether it was given a value, though that may be 0 (a gauge that was set).</summary>
    public bool IsSet { get; init; }

    /// <summary>Whether <c>usedonly</c> keeps it.</summary>
    public bool IsUsed => IsSet || Value != 0 || Histogram is not null;

    /// <summary>The value as a number without sign, which gauges are.</summary>
    public string ValueText => Kind == StatKind.Gauge
        ? unchecked((ulong)Value).ToString(System.Globalization.CultureInfo.InvariantCulture)
        : Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
