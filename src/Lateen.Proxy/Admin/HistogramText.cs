using System.Globalization;
using System.Text;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Admin;

/// <summary>A histogram as <c>/stats</c> shows it, each value for the last interval and for all time.</summary>
internal static class HistogramText
{
    public static readonly (double Q, string Name)[] Quantiles =
    [
        (0, "P0"), (0.25, "P25"), (0.5, "P50"), (0.75, "P75"), (0.9, "P90"), (0.95, "P95"), (0.99, "P99"),
        (0.995, "P99.5"), (0.999, "P99.9"), (1, "P100"),
    ];

    /// <summary>A line, or four in the mode <c>detailed</c>.</summary>
    public static string Write(string name, HistogramCells? total, HistogramCells? interval, string mode)
    {
        if (total is null || total.Count == 0)
        {
            return $"{name}: No recorded values\n";
        }
        switch (mode)
        {
            case "cumulative" or "disjoint":
                var parts = total.Bounds.Select((bound, i) => string.Create(
                    CultureInfo.InvariantCulture,
                    $"B{bound:R}({CountAt(interval, i, mode[0] == 'c')},{CountAt(total, i, mode[0] == 'c')})"));
                return $"{name}: {string.Join(' ', parts)}\n";
            case "detailed":
                return $"{name}:\n  totals={RangeText(total)}\n  intervals={RangeText(interval)}\n"
                    + $"  summary={Summary(total, interval)}\n";
            default:
                return $"{name}: {Summary(total, interval)}\n";
        }
    }

    /// <summary>Values at or below a bound, or between it and the one before.</summary>
    public static long CountAt(HistogramCells? cells, int bucket, bool cumulative)
    {
        if (cells is null)
        {
            return 0;
        }
        var count = cells.CumulativeCount(bucket);
        return cumulative || bucket == 0 ? count : count - cells.CumulativeCount(bucket - 1);
    }

    /// <summary>The buckets that hold something.</summary>
    public static IEnumerable<(double Low, double Width, long Count)> Ranges(HistogramCells? cells)
    {
        for (var i = 0; i <= (cells?.Bounds.Length ?? -1); i++)
        {
            var isLast = i == cells!.Bounds.Length;
            var count = isLast ? cells.Count - cells.CumulativeCount(i - 1) : CountAt(cells, i, false);
            if (count > 0)
            {
                var low = i == 0 ? 0 : cells.Bounds[i - 1];
                yield return (low, (isLast ? Math.Max(cells.Max, low) : cells.Bounds[i]) - low, count);
            }
        }
    }

    private static string RangeText(HistogramCells? cells) => string.Join(", ", Ranges(cells).Select(range =>
        string.Create(CultureInfo.InvariantCulture, $"{range.Low:R},{range.Width:R}:{range.Count}")));

    private static string Summary(HistogramCells total, HistogramCells? interval)
    {
        var text = new StringBuilder();
        foreach (var (q, name) in Quantiles)
        {
            text.Append(text.Length > 0 ? " " : "").Append(CultureInfo.InvariantCulture,
                $"{name}({Number(interval?.Quantile(q) ?? double.NaN)},{Number(total.Quantile(q))})");
        }
        return text.ToString();
    }

    /// <summary>Two digits are what Envoy's histograms keep.</summary>
    private static string Number(double value)
    {
        if (double.IsNaN(value))
        {
            return "nan";
        }
        var digits = value == 0 ? 0 : 2 - (int)Math.Ceiling(Math.Log10(Math.Abs(value)));
        return Math.Round(value, Math.Clamp(digits, 0, 10)).ToString("R", CultureInfo.InvariantCulture);
    }
}
