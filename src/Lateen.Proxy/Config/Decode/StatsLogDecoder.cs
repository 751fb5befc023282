using Envoy.Extensions.Matching.Actions.TransformStat.V3;
using Google.Protobuf;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Matching;
using Lateen.Proxy.Stats;
using AccessLogFilter = Lateen.Proxy.AccessLog.AccessLogFilter;
using AccessLogType = Lateen.Proxy.AccessLog.AccessLogType;
using Proto = Envoy.Extensions.AccessLoggers.Stats.V3.Config;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The access logger <c>stats</c>.</summary>
internal static class StatsLogDecoder
{
    private const int PercentScale = 1_000_000;
    private const string TagValueInput = "envoy.extensions.matching.common_inputs.stats.v3.StatTagValueInput";
    private const string TransformType = "envoy.extensions.matching.actions.transform_stat.v3.TransformStat";

    public static AccessLogger? Decode(Proto config, AccessLogFilter? filter, string path, DecodeContext context)
    {
        var errors = context.Errors.Count;
        if (config.StatPrefix.Length == 0)
        {
            context.Error($"{path}.stat_prefix", "ACCESS_LOG", "a stat_prefix is required");
        }
        var groups = new Dictionary<string, Builder>();
        for (var i = 0; i < config.Counters.Count; i++)
        {
            var at = $"{path}.counters[{i}]";
            var counter = config.Counters[i];
            if (Group(groups, counter.Stat, at, context) is { } group
                && Amount(counter.ValueFormat, counter.ValueFixed, at, context, out var value))
            {
                group.Metrics.Add(new StatsLogMetric(
                    StatsLogOperation.Count, group.AddName(counter.Stat.Name, StatKind.Counter),
                    (long)(counter.ValueFixed ?? 0), value));
            }
        }
        for (var i = 0; i < config.Gauges.Count; i++)
        {
            AddGauge(groups, config.Gauges[i], $"{path}.gauges[{i}]", context);
        }
        for (var i = 0; i < config.Histograms.Count; i++)
        {
            var at = $"{path}.histograms[{i}]";
            var histogram = config.Histograms[i];
            if (Group(groups, histogram.Stat, at, context) is { } group
                && Amount(histogram.ValueFormat, null, at, context, out var value))
            {
                group.Histograms.Add(histogram.Stat.Name);
                group.Metrics.Add(new StatsLogMetric(
                    StatsLogOperation.Record, group.Histograms.Count - 1, 0, value,
                    histogram.Unit == Proto.Types.Histogram.Types.Unit.Percent ? PercentScale : 1));
            }
        }
        return context.Errors.Count > errors
            ? null
            : new StatsAccessLogger(
                [.. groups.Values.Select(group => group.Build($"{config.StatPrefix}.", context))], filter);
    }

    private static void AddGauge(
        Dictionary<string, Builder> groups, Proto.Types.Gauge gauge, string path, DecodeContext context)
    {
        if (WhatIsWrong(gauge) is { } wrong)
        {
            context.Error(path, "ACCESS_LOG", wrong);
            return;
        }
        if (Group(groups, gauge.Stat, path, context) is not { } group
            || !Amount(gauge.ValueFormat, gauge.ValueFixed, path, context, out var value))
        {
            return;
        }
        var index = group.AddName(gauge.Stat.Name, StatKind.Gauge);
        var amount = (long)(gauge.ValueFixed ?? 0);
        group.Metrics.Add(gauge.Set is { } set
            ? new StatsLogMetric(
                StatsLogOperation.SetGauge, index, amount, value, At: (AccessLogType)(int)set.LogType)
            : new StatsLogMetric(
                StatsLogOperation.AddUntil, index, amount, value,
                At: (AccessLogType)(int)gauge.AddSubtract!.AddLogType,
                Until: (AccessLogType)(int)gauge.AddSubtract.SubLogType));
    }

    private static string? WhatIsWrong(Proto.Types.Gauge gauge)
    {
        const Envoy.Data.Accesslog.V3.AccessLogType NotSet = Envoy.Data.Accesslog.V3.AccessLogType.NotSet;
        return (gauge.AddSubtract, gauge.Set) switch
        {
            (null, null) => "Stats logger gauge must have at least one operation configured.",
            (not null, not null) =>
                "Stats logger gauge cannot have both SET and PAIRED_ADD/PAIRED_SUBTRACT operations.",
            (null, { LogType: NotSet }) => "Stats logger gauge set operation must have a valid log type.",
            ({ AddLogType: NotSet } or { SubLogType: NotSet }, null) =>
                "Stats logger gauge add/subtract operation must have a valid log type.",
            ({ } pair, null) when pair.AddLogType == pair.SubLogType =>
                $"Duplicate access log type '{(int)pair.AddLogType}' in gauge operations.",
            _ => null,
        };
    }

    /// <summary>Statistics with equal tags share the work of writing them.</summary>
    private static Builder? Group(
        Dictionary<string, Builder> groups, Proto.Types.Stat? stat, string path, DecodeContext context)
    {
        if (stat is null || stat.Name.Length == 0)
        {
            context.Error($"{path}.stat", "ACCESS_LOG", "a stat with a name is required");
            return null;
        }
        var key = string.Join('\u0001', stat.Tags.Select(tag =>
            $"{tag.Name}\u0002{tag.ValueFormat}\u0002{tag.Rules?.ToByteString().ToBase64()}"));
        if (groups.TryGetValue(key, out var known))
        {
            return known;
        }
        var tags = new List<StatsLogTag>();
        for (var i = 0; i < stat.Tags.Count; i++)
        {
            if (!FormatString.TryParse(stat.Tags[i].ValueFormat, out var format, out var error))
            {
                context.Error($"{path}.stat.tags[{i}].value_format", "FORMAT", error);
                return null;
            }
            var rules = stat.Tags[i].Rules is { } matcher
                ? Rules(matcher, $"{path}.stat.tags[{i}].rules", context)
                : null;
            tags.Add(new StatsLogTag(stat.Tags[i].Name, format!, rules));
        }
        return groups[key] = new Builder([.. tags]);
    }

    private static MatcherTree<StatsTagChange>? Rules(
        global::Xds.Type.Matcher.V3.Matcher matcher, string path, DecodeContext context) =>
        new MatcherTreeDecoder<StatsTagChange>((action, at) => Change(action, at, context), context)
        {
            OwnInput = static type => type != TagValueInput ? null : static (in MatchData data, ByteBuffer value) =>
            {
                value.Write(data.TagValue);
                return data.TagValue is not null;
            },
        }.Decode(matcher, path);

    private static StatsTagChange? Change(
        global::Xds.Core.V3.TypedExtensionConfig action, string path, DecodeContext context)
    {
        if (TypedConfigs.Open(action.TypedConfig, out var bytes, out var fields) != TransformType)
        {
            TypedConfigs.ReportUnknown(action.Name, action.TypedConfig, path, context);
            return null;
        }
        // Envoy does not hold these to the rules of its API.
        var change = TypedConfigs.ReadUnchecked(TransformStat.Parser, bytes, fields);
        return change.ActionCase switch
        {
            TransformStat.ActionOneofCase.DropStat => new StatsTagChange(StatsTagChangeKind.DropStat),
            TransformStat.ActionOneofCase.DropTag => new StatsTagChange(StatsTagChangeKind.DropTag),
            TransformStat.ActionOneofCase.UpdateTag =>
                new StatsTagChange(StatsTagChangeKind.UpdateTag, change.UpdateTag.NewTagValue),
            _ => new StatsTagChange(StatsTagChangeKind.Keep),
        };
    }

    private static bool Amount(
        string format, ulong? fixedAmount, string path, DecodeContext context, out FormatOperator? value)
    {
        value = null;
        if ((format.Length > 0) == (fixedAmount is not null))
        {
            context.Error(
                path, "ACCESS_LOG", "Stats logger must have exactly one of `value_format` and `value_fixed`");
            return false;
        }
        if (format.Length == 0)
        {
            return true;
        }
        if (!FormatString.TryParse(format, out var parsed, out var error))
        {
            context.Error($"{path}.value_format", "FORMAT", error);
            return false;
        }
        value = parsed!.SingleOperator;
        if (value is null)
        {
            context.Error(
                $"{path}.value_format", "FORMAT", "Stats logger `value_format` must contain exactly one substitution");
        }
        return value is not null;
    }

    private sealed class Builder(StatsLogTag[] tags)
    {
        private readonly List<string> _names = [];
        private readonly List<StatKind> _kinds = [];

        public List<StatsLogMetric> Metrics { get; } = [];

        public List<string> Histograms { get; } = [];

        public int AddName(string name, StatKind kind)
        {
            _names.Add(name);
            _kinds.Add(kind);
            return _names.Count - 1;
        }

        public StatsLogGroup Build(string prefix, DecodeContext context) => new(
            prefix, StatLayout.Of([.. _names], [.. _kinds], [.. Histograms]), tags, [.. Metrics],
            context.Resources.TaggedSeries);
    }
}
