using Envoy.Config.Metrics.V3;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Stats;

/// <summary>Bucket bounds of histograms by their names, as the bootstrap sets them.</summary>
internal static class HistogramBuckets
{
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
                rules.Add((matcher, [.. setting.Buckets]));
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
