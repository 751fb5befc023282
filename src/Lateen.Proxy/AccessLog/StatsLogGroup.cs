using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using Lateen.Proxy.Config;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Matching;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.AccessLog;

/// <summary>
/// Statistics of the logger <c>stats</c> that have the same tags, so that these are worked out once per entry. Each
/// worker finds the cells by the tags' values, written one after another with their lengths.
/// </summary>
internal sealed class StatsLogGroup
{
    private readonly string _prefix;
    private readonly StatLayout _layout;
    private readonly StatsLogTag[] _tags;
    private readonly FormatString[] _variable;
    private readonly StatsLogMetric[] _metrics;
    private readonly TaggedSeriesStore _store;
    private readonly WorkerSeries?[] _workers;

    public StatsLogGroup(
        string prefix, StatLayout layout, StatsLogTag[] tags, StatsLogMetric[] metrics,
        TaggedSeriesStore store)
    {
        _prefix = prefix;
        _layout = layout;
        _tags = tags;
        _variable = [.. tags.Select(tag => tag.Value).Where(value => value.Literal is null)];
        _metrics = metrics;
        _store = store;
        _workers = new WorkerSeries?[store.WorkerCount + 1];
    }

    public void Count(Worker worker, StreamInfo info, AccessLogType type)
    {
        StatsScope? cells = null;
        foreach (var metric in _metrics)
        {
            if (metric.Kind is StatsLogOperation.SetGauge && metric.At != type)
            {
                continue;
            }

            if (metric.Kind is StatsLogOperation.AddUntil)
            {
                AddOrTakeBack(worker, info, type, metric, ref cells);
                continue;
            }

            if (!TryGetAmount(metric, info, type, out var amount))
            {
                continue;
            }

            cells ??= GetCells(worker, info, type);
            if (cells is null)
            {
                return;
            }

            Apply(worker.Index, metric, cells, amount);
        }
    }

    private static void Apply(int worker, StatsLogMetric metric, StatsScope cells, long amount)
    {
        switch (metric.Kind)
        {
            case StatsLogOperation.Record:
                cells.Record(worker, metric.Index, amount);
                break;
            case StatsLogOperation.SetGauge:
                cells.Add(worker, metric.Index, amount - cells.Read(metric.Index));
                break;
            default:
                cells.Add(worker, metric.Index, amount);
                break;
        }
    }

    /// <summary>The tags of the moment of adding hold for taking back too.</summary>
    private void AddOrTakeBack(
        Worker worker, StreamInfo info, AccessLogType type, StatsLogMetric metric, ref StatsScope? cells)
    {
        var pending = info.FilterState?.Get(metric.PendingKey) as Pending;
        if (pending is null && type == metric.At && TryGetAmount(metric, info, type, out var amount))
        {
            cells ??= GetCells(worker, info, type);
            if (cells is null)
            {
                return;
            }

            cells.Add(worker.Index, metric.Index, amount);
            info.SetFilterState(metric.PendingKey, new Pending(cells, amount));
        }
        else if (pending is { IsOpen: true } && (type == metric.Until || IsEnd(type)))
        {
            pending.IsOpen = false;
            pending.Cells.Add(worker.Index, metric.Index, -pending.Amount);
        }
    }

    private static bool IsEnd(AccessLogType type) =>
        type is AccessLogType.DownstreamEnd or AccessLogType.TcpConnectionEnd or AccessLogType.UpstreamEnd;

    /// <summary>False when the operator has no value or none that is a number.</summary>
    private static bool TryGetAmount(StatsLogMetric metric, StreamInfo info, AccessLogType type, out long amount)
    {
        amount = metric.Fixed;
        if (metric.Value is null)
        {
            return true;
        }

        if (metric is { Scale: 1, Value: { Number: { } number, LengthMax: < 0 } })
        {
            amount = number(info);
            return amount >= 0;
        }

        var text = Scratch.Matched;
        if (!metric.Value.TryWrite(text, info, new FormatContext(type)))
        {
            return false;
        }

        var written = text.Written;
        if (metric.Scale == 1 && Utf8Parser.TryParse(written, out amount, out var used) && used == written.Length)
        {
            return amount >= 0;
        }

        if (!Utf8Parser.TryParse(written, out double parsed, out used) || used != written.Length || parsed < 0)
        {
            return false;
        }

        amount = (long)(parsed * metric.Scale);
        return true;
    }

    /// <summary>Null where a rule wants nothing to be counted.</summary>
    private StatsScope? GetCells(Worker worker, StreamInfo info, AccessLogType type)
    {
        var key = Scratch.Formatted;
        var context = new FormatContext(type, worker.Loop.UnixNanos);
        foreach (var value in _variable)
        {
            var start = key.Length;
            key.GetSpan(4);
            key.Advance(4);
            value.Write(key, info, context, default);
            BinaryPrimitives.WriteInt32LittleEndian(key.WrittenSpan[start..], key.Length - start - 4);
        }

        var known = _workers[worker.Index] ??= new WorkerSeries();
        if (known.Last is { } last && key.Written.SequenceEqual(last.Key))
        {
            return last.Cells;
        }

        if (!known.ByKey.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key.Written, out var series))
        {
            series = new Series(key.ToArray(), FindCells(key.Written));
            if (known.ByKey.Count >= TaggedSeriesStore.SeriesCountMax)
            {
                known.ByKey.Clear();
            }

            known.ByKey.Add(series.Key, series);
        }

        known.Last = series;
        return series.Cells;
    }

    private StatsScope? FindCells(ReadOnlySpan<byte> key)
    {
        var tags = new List<KeyValuePair<string, string>>(_tags.Length);
        var isDropped = false;
        var at = 0;
        foreach (var (name, format, rules) in _tags)
        {
            var value = format.Literal;
            if (value is null)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(key[at..]);
                value = key.Slice(at + 4, length).ToArray();
                at += 4 + length;
            }

            var change = rules?.Match(new MatchData(new StreamInfo(), null, null) { TagValue = value });
            isDropped |= change is { Kind: StatsTagChangeKind.DropStat };
            if (change is null or { Kind: StatsTagChangeKind.Keep or StatsTagChangeKind.UpdateTag })
            {
                tags.Add(new(name, change?.Value ?? Encoding.UTF8.GetString(value)));
            }
        }

        return isDropped ? null : _store.GetOrAdd(_prefix, _layout, [.. tags]);
    }

    /// <summary>What one worker knows; one thread, the worker's.</summary>
    private sealed class WorkerSeries
    {
        public Dictionary<byte[], Series> ByKey { get; } = new(ByteKeyComparer.Instance);

        /// <summary>That of the entry before this one, which is most often the same.</summary>
        public Series? Last { get; set; }
    }

    private sealed record Series(byte[] Key, StatsScope? Cells);

    private sealed class Pending(StatsScope cells, long amount)
    {
        public StatsScope Cells { get; } = cells;

        public long Amount { get; } = amount;

        public bool IsOpen { get; set; } = true;
    }
}
