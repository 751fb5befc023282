using Envoy.Config.Metrics.V3;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Stats;

/// <summary>Bucket bounds of histograms by their names, as the bootstrap sets them.</summary>
internal static class HistogramBuckets
{
    /// <summary>Notes bounds that are not positive and ascending.</summary>
    public static void Check(StatsConfig? config, ICollection<Core.ConfigError> errors)
    {
        for (var i = 0; i < (config?.HistogramBucketSettings.Count ?? 0); i++)
        {
            var buckets = config!.HistogramBucketSettings[i].Buckets;
            for (var k = 0; k < buckets.Count; k++)
            {
                if (buckets[k] <= 0 || (k > 0 && buckets[k] <= buckets[k - 1]))
                {
                    errors.Add(new Core.ConfigError(
                        $"stats_config.histogram_bucket_settings[{i}].buckets[{k}]", "STATS_BUCKETS",
                        "bounds must be greater than zero, unique and ascending"));
                }
            }
        }
    }

    public static Func<string, double[]>? Build(StatsConfig? config)
    {
        if (config is null || config.HistogramBucketSettings.Count == 0)
        {
            return null;
        }
        var rules = new List<(StringMatcher Matcher, double[] Bounds)>();
        foreach (var setting in config.HistogramBucketSettings)
        {
            if (NameMatchers.Build(setting.Match) is { } matcher)
            {
                // Bins alone change nothing of what is shown.
                rules.Add((matcher, setting.Buckets.Count == 0
                    ? HistogramCells.DefaultBounds
                    : [.. setting.Buckets]));
            }
        }
        return name =>
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(name);
            foreach (var (matcher, bounds) in rules)
            {
                if (matcher.IsMatch(bytes))
                {
                    return bounds;
                }
            }
            return HistogramCells.DefaultBounds;
        };
    }
}
