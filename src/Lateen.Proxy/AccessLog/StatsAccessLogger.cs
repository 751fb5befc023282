using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.AccessLog;

/// <summary>The logger <c>stats</c>: entries are counted instead of written. Source:
/// <c>access_loggers.stats.v3.Config</c>.</summary>
internal sealed class StatsAccessLogger(StatsLogGroup[] groups, AccessLogFilter? filter) : AccessLogger(filter)
{
    protected override void Emit(Worker worker, StreamInfo info, AccessLogType type)
    {
        foreach (var group in groups)
        {
            group.Count(worker, info, type);
        }
    }
}
