using System.Globalization;
using System.Text;
using Lateen.Core.Yaml;
using Lateen.Proxy.Regex;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Admin;

/// <summary><c>/stats</c> as text and JSON, <c>/stats/prometheus</c>.</summary>
internal static class StatsPages
{
    private const string BucketsUsage =
        "usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary|prometheusnative)\n";

    public static AdminResponse Write(ProxyServer server, AdminRequest request)
    {
        if (request.Get("format") == "prometheus")
        {
            return WritePrometheus(server, request);
        }
        if (request.Get("format") is not ("" or "text" or "json" or "html" or "active-html"))
        {
            return AdminResponse.Text(
                "usage: /stats?format=(html|active-html|json|prometheus|text)\n\n", 400);
        }
        if (request.Has("hidden") && request.Get("hidden") is not ("" or "include" or "only" or "exclude"))
        {
            return AdminResponse.Text("usage: /stats?hidden=(include|only|exclude)\n\n", 400);
        }
        if (!TryGetBuckets(request, out var mode, out var error))
        {
            return error!;
        }
        if (mode == "prometheusnative")
        {
            return AdminResponse.Text("Invalid histogram_buckets type for non prometheus stats type", 400);
        }
        if (!TrySelect(server, request, out var samples, out error))
        {
            return error!;
        }
        var answer = request.Get("format") switch
        {
            "json" => Json(server, samples, request),
            "html" or "active-html" => Text(server, samples, request) with
            {
                ContentType = "text/html; charset=UTF-8",
            },
            _ => Text(server, samples, request),
        };
        server.OnStatsRead();
        return answer;
    }

    public static AdminResponse WritePrometheus(ProxyServer server, AdminRequest request)
    {
        if (!TryGetBuckets(request, out var mode, out var error))
        {
            return error!;
        }
        if (mode is "disjoint" or "detailed" or "prometheusnative")
        {
            return AdminResponse.Text("unsupported prometheus histogram bucket mode", 400);
        }
        if (!TrySelect(server, request, out var samples, out error, true))
        {
            return error!;
        }
        var text = Prometheus(server, samples, mode == "summary", request.Has("text_readouts"));
        server.OnStatsRead();
        return new AdminResponse(200, "text/plain; charset=UTF-8", text);
    }

    /// <summary>All statistics that are shown, in Prometheus' format.</summary>
    public static byte[] Prometheus(ProxyServer server, string filter)
    {
        TrySelect(server, AdminRequest.Parse("GET", $"/stats?filter={filter}"), out var samples, out _);
        return Prometheus(server, samples, false, false);
    }

    private static bool TryGetBuckets(AdminRequest request, out string mode, out AdminResponse? error)
    {
        mode = request.Get("histogram_buckets");
        var known = mode is "" or "none" or "cumulative" or "disjoint" or "detailed" or "summary" or "prometheusnative";
        error = known ? null : AdminResponse.Text(BucketsUsage, 400);
        return known;
    }

    private static bool TrySelect(
        ProxyServer server, AdminRequest request, out List<StatSample> samples, out AdminResponse? error,
        bool isPrometheus = false)
    {
        samples = [];
        error = null;
        CompiledRegex? filter = null;
        if (request.Get("filter") is { Length: > 0 } pattern
            && !CompiledRegex.TryCreate(pattern, out filter, out var reason))
        {
            error = AdminResponse.Text($"Invalid re2 regex: {ReasonOf(reason, pattern)}\n", 400);
            return false;
        }
        var type = request.Get("type");
        if (type is not ("" or "All" or "Counters" or "Gauges" or "Histograms" or "TextReadouts"))
        {
            error = AdminResponse.Text("invalid &type= param", 400);
            return false;
        }
        server.OnStatsRequest();
        var matcher = server.StatsMatcher;
        var inverts = filter is not null && request.Has("invert_filter");
        foreach (var sample in server.Stats.Collect(filter is null || inverts ? null : new StatFilter(filter)))
        {
            var shown = matcher.IsShown(sample.Name) && !IsUnborn(sample)
                && !(inverts && filter!.IsMatch(Encoding.UTF8.GetBytes(sample.Name)))
                && (!request.Has("usedonly") || IsUsed(server, sample))
                && (isPrometheus ? "" : type) switch
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

    /// <summary>As RE2 words it, with the text that is wrong.</summary>
    private static string ReasonOf(string reason, string pattern)
    {
        var text = reason.Replace("missing closing ", "missing ", StringComparison.Ordinal);
        return text.Contains(": ", StringComparison.Ordinal) ? text : $"{text}: {pattern}";
    }

    /// <summary>Times of requests that a cluster begins to keep with its first request.</summary>
    private static bool IsUnborn(StatSample sample) => sample.Kind == StatKind.Histogram
        && sample.Histogram is null or { Count: 0 }
        && sample.Name.StartsWith("cluster.", StringComparison.Ordinal)
        && sample.Name.EndsWith(".upstream_rq_time", StringComparison.Ordinal);

    /// <summary>A histogram counts as used once a flush has seen a value, as Envoy has it.</summary>
    private static bool IsUsed(ProxyServer server, StatSample sample) => sample.Kind == StatKind.Histogram
        ? server.Flusher.GetHistogram(sample).Total is not null
        : sample.IsUsed;

    private static AdminResponse Text(ProxyServer server, List<StatSample> samples, AdminRequest request)
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
            var (total, interval) = server.Flusher.GetHistogram(sample);
            text.Append(HistogramText.Write(FullName(sample), total, interval, request.Get("histogram_buckets")));
        }
        return AdminResponse.Text(text.ToString());
    }

    private static string FullName(StatSample sample) => sample.Tags is null
        ? sample.Name
        : sample.Name + string.Concat(sample.Tags.Select(tag => $".{tag.Key}.{tag.Value}"));

    private static AdminResponse Json(ProxyServer server, List<StatSample> samples, AdminRequest request)
    {
        var entries = new List<YamlNode>();
        foreach (var sample in samples.Where(sample => sample.Kind is not StatKind.Histogram))
        {
            YamlNode value = sample.Text is not null ? new YamlScalar(sample.Text)
                : sample.Value < 0 ? new YamlScalar(sample.ValueText, YamlScalarKind.WholeNumber)
                    : YamlScalar.Of(sample.Value);
            entries.Add(new YamlMapping(("name", new YamlScalar(FullName(sample))), ("value", value)));
        }
        var histograms = samples.Where(sample => sample.Kind == StatKind.Histogram).ToArray();
        if (histograms.Length > 0)
        {
            YamlNode body = request.Get("histogram_buckets") switch
            {
                "cumulative" or "disjoint" => new YamlSequence([.. histograms.Select(sample =>
                    Buckets(server, sample, request.Get("histogram_buckets") == "cumulative"))]),
                "detailed" => new YamlMapping(
                    ("supported_percentiles", Percents()),
                    ("details", new YamlSequence([.. histograms.Select(sample => Details(server, sample))]))),
                _ => new YamlMapping(
                    ("supported_quantiles", Percents()),
                    ("computed_quantiles", new YamlSequence([.. histograms.Select(sample => new YamlMapping(
                        ("name", new YamlScalar(FullName(sample))), ("values", Values(server, sample))))]))),
            };
            entries.Add(new YamlMapping(("histograms", body)));
        }
        return AdminResponse.Json(AdminJson.WriteCompact(new YamlMapping(("stats", new YamlSequence(entries)))));
    }

    private static YamlSequence Percents() =>
        new([.. HistogramText.Quantiles.Select(q => Number(Math.Round(q.Q * 100, 1)))]);

    private static YamlSequence Values(ProxyServer server, StatSample sample)
    {
        var (total, interval) = server.Flusher.GetHistogram(sample);
        return new YamlSequence([.. HistogramText.Quantiles.Select(q => (YamlNode)new YamlMapping(
            ("interval", Number(interval?.Quantile(q.Q) ?? double.NaN)),
            ("cumulative", Number(total?.Quantile(q.Q) ?? double.NaN))))]);
    }

    private static YamlMapping Details(ProxyServer server, StatSample sample)
    {
        var (total, interval) = server.Flusher.GetHistogram(sample);
        return new YamlMapping(
            ("name", new YamlScalar(FullName(sample))),
            ("totals", Ranges(total)),
            ("intervals", Ranges(interval)),
            ("percentiles", Values(server, sample)));
    }

    private static YamlSequence Ranges(HistogramCells? cells) => new([.. HistogramText.Ranges(cells).Select(range =>
        (YamlNode)new YamlMapping(
            ("lower_bound", Number(range.Low)), ("width", Number(range.Width)),
            ("count", YamlScalar.Of(range.Count))))]);

    private static YamlMapping Buckets(ProxyServer server, StatSample sample, bool cumulative)
    {
        var (total, interval) = server.Flusher.GetHistogram(sample);
        var bounds = total?.Bounds ?? server.Stats.GetBounds(sample.Name);
        var buckets = new List<YamlNode>();
        for (var i = 0; i < bounds.Length; i++)
        {
            buckets.Add(new YamlMapping(
                ("upper_bound", Number(bounds[i])),
                ("interval", YamlScalar.Of(HistogramText.CountAt(interval, i, cumulative))),
                ("cumulative", YamlScalar.Of(HistogramText.CountAt(total, i, cumulative)))));
        }
        return new YamlMapping(("name", new YamlScalar(FullName(sample))), ("buckets", new YamlSequence(buckets)));
    }

    private static YamlScalar Number(double value) => double.IsNaN(value)
        ? YamlScalar.Null
        : new YamlScalar(value.ToString("R", CultureInfo.InvariantCulture), YamlScalarKind.RealNumber);

    private static byte[] Prometheus(
        ProxyServer server, List<StatSample> samples, bool summaries, bool textReadouts)
    {
        var extractor = server.Tags;
        var groups = new SortedDictionary<string, List<(string Labels, StatSample Sample)>>(StringComparer.Ordinal);
        var tags = new List<KeyValuePair<string, string>>();
        foreach (var sample in samples.Where(sample => textReadouts || sample.Kind != StatKind.TextReadout))
        {
            tags.Clear();
            var name = sample.Tags is null ? extractor.Extract(sample.Name, tags) : sample.Name;
            var labels = Labels(sample.Tags ?? (IReadOnlyList<KeyValuePair<string, string>>)tags);
            if (sample.Kind == StatKind.TextReadout)
            {
                labels += $"{(labels.Length > 0 ? "," : "")}text_value=\"{Escape(sample.Text ?? "")}\"";
            }
            var order = sample.Kind switch
            {
                StatKind.Counter => 0,
                StatKind.Gauge => 1,
                StatKind.TextReadout => 2,
                _ => 3,
            };
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
                '1' or '2' => "gauge",
                _ => summaries ? "summary" : "histogram",
            };
            output.Write($"# TYPE {name} {kind}\n");
            foreach (var (labels, sample) in group)
            {
                if (sample.Kind == StatKind.Histogram)
                {
                    var cells = sample.Histogram ?? new HistogramCells(server.Stats.GetBounds(sample.Name));
                    (summaries ? WriteSummary : (HistogramWriter)WriteHistogram)(output, name, labels, cells);
                }
                else
                {
                    output.Write($"{name}{{{labels}}} {sample.ValueText}\n");
                }
            }
        }
        return output.ToArray();
    }

    private delegate void HistogramWriter(ByteBuffer output, string name, string labels, HistogramCells cells);

    private static void WriteSummary(ByteBuffer output, string name, string labels, HistogramCells cells)
    {
        var comma = labels.Length > 0 ? "," : "";
        foreach (var (q, _) in HistogramText.Quantiles)
        {
            var value = cells.Quantile(q);
            var text = double.IsNaN(value) ? "nan" : value.ToString("R", CultureInfo.InvariantCulture);
            var at = q.ToString("R", CultureInfo.InvariantCulture);
            output.Write($"{name}{{{labels}{comma}quantile=\"{at}\"}} {text}\n");
        }
        output.Write($"{name}_sum{{{labels}}} {cells.Sum.ToString("R", CultureInfo.InvariantCulture)}\n");
        output.Write($"{name}_count{{{labels}}} {cells.Count}\n");
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
