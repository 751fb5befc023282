using Lateen.Proxy.Formatting;

namespace Lateen.Proxy.AccessLog;

/// <summary>What the logger <c>stats</c> does to one statistic.</summary>
/// <param name="Kind">The operation.</param>
/// <param name="Index">Of the statistic in its group's layout.</param>
/// <param name="Fixed">The amount where no operator gives it.</param>
/// <param name="Value">Operator whose value is the amount; null: <paramref name="Fixed"/>.</param>
/// <param name="Scale">Multiplies the operator's value.</param>
/// <param name="At">Moment of a gauge's operation.</param>
/// <param name="Until">Moment at which an addition is taken back.</param>
internal sealed record StatsLogMetric(
    StatsLogOperation Kind,
    int Index,
    long Fixed,
    FormatOperator? Value,
    int Scale = 1,
    AccessLogType At = AccessLogType.NotSet,
    AccessLogType Until = AccessLogType.NotSet)
{
    private static int _created;

    /// <summary>Under which a stream keeps an addition that is to be taken back.</summary>
    public string PendingKey { get; } = $"envoy.access_loggers.stats.{Interlocked.Increment(ref _created)}";
}
