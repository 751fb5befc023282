using System.Collections.Immutable;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.AccessLog;

/// <summary>A condition on log entries. Source: <c>accesslog.v3.AccessLogFilter</c>.</summary>
internal abstract class AccessLogFilter
{
    public abstract bool IsMatch(StreamInfo info, AccessLogType type);

    internal sealed class StatusCode(ComparisonOperator op, long value) : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) => Compare(op, info.ResponseCode, value);
    }

    internal sealed class Duration(ComparisonOperator op, long milliseconds) : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) =>
            info.EndNanos > 0 && Compare(op, (info.EndNanos - info.StartNanos) / 1_000_000, milliseconds);
    }

    internal sealed class NotHealthCheck : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) => !info.IsHealthCheck;
    }

    internal sealed class RuntimeFraction(FractionalPercent fraction) : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) =>
            fraction.IsHit(info.RandomValue, RuntimeSettings.Current);
    }

    internal sealed class All(ImmutableArray<AccessLogFilter> filters) : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type)
        {
            foreach (var filter in filters)
            {
                if (!filter.IsMatch(info, type))
                {
                    return false;
                }
            }
            return true;
        }
    }

    internal sealed class Any(ImmutableArray<AccessLogFilter> filters) : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type)
        {
            foreach (var filter in filters)
            {
                if (filter.IsMatch(info, type))
                {
                    return true;
                }
            }
            return false;
        }
    }

    internal sealed class Header(HeaderMatcher matcher) : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) =>
            info.RequestHeaders is not null && matcher.IsMatch(info.RequestHeaders);
    }

    internal sealed class ResponseFlag(ResponseFlags flags) : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) =>
            flags == ResponseFlags.None ? info.ResponseFlags != ResponseFlags.None : (info.ResponseFlags & flags) != 0;
    }

    internal sealed class GrpcStatus(ImmutableArray<int> statuses, bool exclude) : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type)
        {
            var status = StreamOperators.GrpcStatusOf(info);
            var found = statuses.Contains(status < 0 ? 2 : (int)status);
            return found != exclude;
        }
    }

    internal sealed class Metadata(MetadataMatcher matcher, bool matchIfMissing) : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) =>
            info.Metadata?.GetPath(matcher.Filter, matcher.Path) is null ? matchIfMissing
                : matcher.IsMatch(info.Metadata);
    }

    internal sealed class LogType(ImmutableArray<AccessLogType> types, bool exclude) : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) => types.Contains(type) != exclude;
    }

    /// <summary>A condition that this proxy does not know: never true, so nothing is logged by mistake.</summary>
    internal sealed class Never : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) => false;
    }

    private static bool Compare(ComparisonOperator op, long left, long right) => op switch
    {
        ComparisonOperator.Equal => left == right,
        ComparisonOperator.GreaterOrEqual => left >= right,
        ComparisonOperator.LessOrEqual => left <= right,
        _ => left != right,
    };
}
