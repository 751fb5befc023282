using System.Globalization;

namespace Lateen.Proxy.Stats.Sinks;

/// <summary>Writes statsd lines without their ends.</summary>
internal sealed class StatsdLines(StatsdFormat format, string prefix, TagExtractor extractor, HistogramSamples samples)
{
    private readonly Dictionary<string, (string Name, KeyValuePair<string, string>[] Tags)> _names = [];

    /// <summary>Calls back with each line of a flush: counters that moved, gauges, single values.</summary>
    public void Write(StatsSnapshot snapshot, Action<ByteBuffer> take)
    {
        var line = new ByteBuffer();
        foreach (var stat in snapshot.Samples)
        {
            var (name, tags) = format == StatsdFormat.Plain ? (PlainName(stat.Sample), []) : (
                stat.ExtractedName, stat.Tags);
            if (stat.Sample.Kind == StatKind.Counter)
            {
                Put(line, name, tags, stat.Delta, "c"u8);
                take(line);
            }
            else if (stat.Sample.Kind == StatKind.Gauge)
            {
                Put(line, name, tags, stat.Sample.Value, "g"u8);
                take(line);
            }
        }
        foreach (var (scope, histogram, value) in samples.Take())
        {
            var (name, tags) = NameOf(scope.HistogramName(histogram));
            Put(line, name, tags, value, "ms"u8);
            take(line);
        }
    }

    private static string PlainName(StatSample sample) => sample.Tags is null
        ? sample.Name
        : sample.Name + string.Concat(sample.Tags.Select(tag => $".{tag.Key}.{tag.Value}"));

    private (string Name, IReadOnlyList<KeyValuePair<string, string>> Tags) NameOf(string full)
    {
        if (format == StatsdFormat.Plain)
        {
            return (full, []);
        }
        if (!_names.TryGetValue(full, out var known))
        {
            var tags = new List<KeyValuePair<string, string>>();
            _names[full] = known = (extractor.Extract(full, tags), [.. tags]);
        }
        return known;
    }

    private void Put(
        ByteBuffer line, string name, IReadOnlyList<KeyValuePair<string, string>> tags, double value,
        ReadOnlySpan<byte> type)
    {
        line.Clear();
        line.Write(prefix);
        line.Write((byte)'.');
        line.Write(name.Replace(':', '_').Replace('|', '_'));
        if (format == StatsdFormat.Graphite)
        {
            foreach (var (key, text) in tags)
            {
                line.Write($";{key}={text}");
            }
        }
        line.Write((byte)':');
        line.Write(value.ToString("R", CultureInfo.InvariantCulture));
        line.Write((byte)'|');
        line.Write(type);
        if (format == StatsdFormat.Dog && tags.Count > 0)
        {
            line.Write("|#"u8);
            for (var i = 0; i < tags.Count; i++)
            {
                line.Write(i > 0 ? ","u8 : default);
                line.Write($"{tags[i].Key}:{tags[i].Value}");
            }
        }
    }
}
