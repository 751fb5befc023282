using System.Globalization;
using System.Text;
using Lateen.Core.Yaml;
using Lateen.Proxy.Regex;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Admin;

/// <summary><c>/stats</c> as text and JSON, <c>/stats/prometheus</c>.</summary>
internal static class StatsPages
{
    private static readonly (double Q, string Name)[] Quantiles =
    [
        (0, "P0"), (0.25, "P25"), (0.5, "P50"), (0.75, "P75"), (0.9, "P90"), (0.95, "P95"), (0.99, "P99"),
        (0.995, "P99.5"), (0.999, "P99.9"), (1, "P100"),
    ];

    public static AdminResponse Write(ProxyServer server, AdminRequest request)
    {
        if (request.Get("format") == "prometheus")
        {
            return WritePrometheus(server, request);
        }
        if (!TrySelect(server, request, out var samples, out var error))
        {
            return error!;
        }
        return request.Get("format") == "json" ? Json(samples, request) : Text(samples);
    }

    public static AdminResponse WritePrometheus(ProxyServer server, AdminRequest request)
    {
        if (!TrySelect(server, request, out var samples, out var error))
        {
            return error!;
        }
        return new AdminResponse(200, "text/plain; charset=UTF-8", Prometheus(server, samples));
    }

    /// <summary>All statistics that are shown, in Prometheus' format.</summary>
    public static byte[] Prometheus(ProxyServer server, string filter)
    {
        TrySelect(server, AdminRequest.Parse("GET", $"/stats?filter={filter}"), out var samples, out _);
        return Prometheus(server, samples);
    }

    private static bool TrySelect(
        ProxyServer server, AdminRequest request, out List<StatSample> samples, out AdminResponse? error)
    {
        samples = [];
        error = null;
        CompiledRegex? filter = null;
        if (request.Get("filter") is { Length: > 0 } pattern
            && !CompiledRegex.TryCreate(pattern, out filter, out var reason))
        {
            error = AdminResponse.Text($"Invalid re2 regex: {reason}\n", 400);
            return false;
        }
        var type = request.Get("type");
        if (type is not ("" or "All" or "Counters" or "Gauges" or "Histograms" or "TextReadouts"))
        {
            error = AdminResponse.Text("usage: /stats?type=All|Counters|Gauges|Histograms|TextReadouts\n", 400);
            return false;
        }
        var matcher = new StatsMatcher(server.Bootstrap.StatsConfig);
        foreach (var sample in server.Stats.Collect())
        {
            var shown = matcher.IsShown(sample.Name)
                && (filter is null || filter.IsMatch(Encoding.UTF8.GetBytes(sample.Name)))
                && (!request.Has("usedonly") || sample.IsUsed)
                && type switch
                {
                    "Counters" => sample.Kind == StatKind.Counter,
                    "Gauges" => sample.Kind == StatKind.Gauge,
                    "Histograms" => sample.Kind == StatKind.Histogram,
                    "TextReadouts" => sample.Kind == StatKind.TextReadout,
                    _ => true,
                };
            if (shown)
            {
                samples.Add(sample);
            }
        }
        return true;
    }

    private static AdminResponse Text(List<StatSample> samples)
    {
        var text = new StringBuilder();
        foreach (var sample in samples.Where(sample => sample.Kind == StatKind.TextReadout))
        {
            text.Append(CultureInfo.InvariantCulture, $"{sample.Name}: \"{sample.Text}\"\n");
        }
        foreach (var sample in samples.Where(sample => sample.Kind is StatKind.Counter or StatKind.Gauge))
        {
            text.Append(CultureInfo.InvariantCulture, $"{FullName(sample)}: {sample.ValueText}\n");
        }
        foreach (var sample in samples.Where(sample => sample.Kind == StatKind.Histogram))
        {
            text.Append(CultureInfo.InvariantCulture, $"{FullName(sample)}: {Summary(sample.Histogram)}\n");
        }
        return AdminResponse.Text(text.ToString());
    }

    private static string FullName(StatSample sample) => sample.Tags is null
        ? sample.Name
        : sample.Name + string.Concat(sample.Tags.Select(tag => $".{tag.Key}.{tag.Value}"));

    private static string Summary(HistogramCells? cells) => cells is null
        ? "No recorded values"
        : string.Join(' ', Quantiles.Select(q =>
            string.Create(CultureInfo.InvariantCulture, $"{q.Name}(nan,{Round(cells.Quantile(q.Q))})")));

    /// <summary>Two digits are what Envoy's histograms keep.</summary>
    private static double Round(double value)
    {
        if (value == 0 || double.IsNaN(value))
        {
            return value;
        }
        var digits = 2 - (int)Math.Ceiling(Math.Log10(Math.Abs(value)));
        return Math.Round(value, Math.Clamp(digits, 0, 10));
    }

    private static AdminResponse Json(List<StatSample> samples, AdminRequest request)
    {
        var entries = new List<YamlNode>();
        foreach (var sample in samples.Where(sample => sample.Kind is not StatKind.Histogram))
        {
            YamlNode value = sample.Text is not null ? new YamlScalar(sample.Text)
                : sample.Value < 0 ? new YamlScalar(sample.ValueText, YamlScalarKind.WholeNumber)
                    : YamlScalar.Of(sample.Value);
            entries.Add(new YamlMapping(("name", new YamlScalar(FullName(sample))), ("value", value)));
        }
        var histograms = samples.Where(sample => sample is { Kind: StatKind.Histogram, Histogram: not null }).ToArray();
        if (histograms.Length > 0)
        {
            var body = request.Get("histogram_buckets") is "cumulative" or "disjoint" or "detailed"
                ? new YamlSequence(
                    [.. histograms.Select(sample => Buckets(sample, request.Get("histogram_buckets") != "disjoint"))])
                : (YamlNode)new YamlMapping(
                    ("supported_quantiles", new YamlSequence([.. Quantiles.Select(q => Number(q.Q * 100))])),
                    ("computed_quantiles", new YamlSequence([.. histograms.Select(Computed)])));
            entries.Add(new YamlMapping(("histograms", body)));
        }
        return AdminResponse.Json(AdminJson.Write(new YamlMapping(("stats", new YamlSequence(entries)))));
    }

    private static YamlNode Computed(StatSample sample) => new YamlMapping(
        ("name", new YamlScalar(FullName(sample))),
        ("values", new YamlSequence([.. Quantiles.Select(q => (YamlNode)new YamlMapping(
            ("interval", YamlScalar.Null), ("cumulative", Number(sample.Histogram!.Quantile(q.Q)))))])));

    private static YamlMapping Buckets(StatSample sample, bool cumulative)
    {
        var cells = sample.Histogram!;
        var buckets = new List<YamlNode>();
        long before = 0;
        for (var i = 0; i < cells.Bounds.Length; i++)
        {
            var count = cells.CumulativeCount(i);
            buckets.Add(new YamlMapping(
                ("upper_bound", Number(cells.Bounds[i])), ("interval", YamlScalar.Of(0)),
                ("cumulative", YamlScalar.Of(cumulative ? count : count - before))));
            before = count;
        }
        return new YamlMapping(("name", new YamlScalar(FullName(sample))), ("buckets", new YamlSequence(buckets)));
    }

    private static YamlScalar Number(double value) => double.IsNaN(value)
        ? YamlScalar.Null
        : new YamlScalar(value.ToString("R", CultureInfo.InvariantCulture), YamlScalarKind.RealNumber);

    private static byte[] Prometheus(ProxyServer server, List<StatSample> samples)
    {
        var extractor = new TagExtractor(server.Bootstrap.StatsConfig);
        var groups = new SortedDictionary<string, List<(string Labels, StatSample Sample)>>(StringComparer.Ordinal);
        var tags = new List<KeyValuePair<string, string>>();
        foreach (var sample in samples.Where(sample => sample.Kind != StatKind.TextReadout))
        {
            tags.Clear();
            var name = sample.Tags is null ? extractor.Extract(sample.Name, tags) : sample.Name;
            var labels = Labels(sample.Tags ?? (IReadOnlyList<KeyValuePair<string, string>>)tags);
            var order = sample.Kind == StatKind.Counter ? 0 : sample.Kind == StatKind.Gauge ? 1 : 2;
            var key = $"{order}{PrometheusName(name)}";
            (groups.TryGetValue(key, out var group) ? group : groups[key] = []).Add((labels, sample));
        }
        var output = new ByteBuffer(64 * 1024);
        foreach (var (key, group) in groups)
        {
            var name = key[1..];
            var kind = key[0] switch
            {
                '0' => "counter",
                '1' => "gauge",
                _ => "histogram",
            };
            output.Write($"# TYPE {name} {kind}\n");
            foreach (var (labels, sample) in group)
            {
                if (sample.Kind == StatKind.Histogram)
                {
                    WriteHistogram(
                        output, name, labels, sample.Histogram ?? new HistogramCells(HistogramCells.DefaultBounds));
                }
                else
                {
                    output.Write($"{name}{{{labels}}} {sample.ValueText}\n");
                }
            }
        }
        return output.ToArray();
    }

    private static void WriteHistogram(ByteBuffer output, string name, string labels, HistogramCells cells)
    {
        var comma = labels.Length > 0 ? "," : "";
        for (var i = 0; i < cells.Bounds.Length; i++)
        {
            var bound = cells.Bounds[i].ToString("R", CultureInfo.InvariantCulture);
            output.Write($"{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {cells.CumulativeCount(i)}\n");
        }
        output.Write($"{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {cells.Count}\n");
        output.Write($"{name}_sum{{{labels}}} {cells.Sum.ToString("R", CultureInfo.InvariantCulture)}\n");
        output.Write($"{name}_count{{{labels}}} {cells.Count}\n");
    }

    /// <summary>A registered namespace is cut off; everything else gets <c>envoy_</c>.</summary>
    private static string PrometheusName(string name)
    {
        foreach (var custom in (ReadOnlySpan<string>)["istiocustom", "wasmcustom"])
        {
            if (name.StartsWith(custom, StringComparison.Ordinal) && name.Length > custom.Length
                && name[custom.Length] is '.' or '_')
            {
                return Sanitize(name[(custom.Length + 1)..]);
            }
        }
        return $"envoy_{Sanitize(name)}";
    }

    private static string Sanitize(string name) =>
        string.Create(name.Length, name, static (target, source) =>
        {
            for (var i = 0; i < source.Length; i++)
            {
                target[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '_';
            }
        });

    private static string Labels(IReadOnlyList<KeyValuePair<string, string>> tags) =>
        string.Join(',', tags.Select(tag => $"{Sanitize(tag.Key)}=\"{Escape(tag.Value)}\""));

    private static string Escape(string value) => value.AsSpan().IndexOfAny('\\', '"', '\n') < 0
        ? value
        : value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}
