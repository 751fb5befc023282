using System.Buffers.Text;
using System.Collections.Immutable;
using Lateen.Http;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.AccessLog;

/// <summary>A condition on log entries. Source: <c>accesslog.v3.AccessLogFilter</c>.</summary>
internal abstract class AccessLogFilter
{
    public abstract bool IsMatch(StreamInfo info, AccessLogType type);

    internal sealed class StatusCode(ComparisonOperator op, long value, string runtimeKey) : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) =>
            Compare(op, info.ResponseCode, InForce(value, runtimeKey));
    }

    internal sealed class Duration(ComparisonOperator op, long milliseconds, string runtimeKey) : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) => info.EndNanos > 0
            && Compare(op, (info.EndNanos - info.StartNanos) / 1_000_000, InForce(milliseconds, runtimeKey));
    }

    internal sealed class NotHealthCheck : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) => !info.IsHealthCheck;
    }

    /// <summary>A share of requests: by the first eight digits of their ids, so that all proxies choose the
    /// same.</summary>
    internal sealed class RuntimeFraction(FractionalPercent fraction, bool isIndependent) : AccessLogFilter
    {
        private const int DigitCount = 8;

        public override bool IsMatch(StreamInfo info, AccessLogType type)
        {
            var random = info.RandomValue;
            if (!isIndependent && info.RequestHeaders is { } headers
                && headers.TryGet(HeaderId.XRequestId, out var id) && id.Length >= DigitCount
                && Utf8Parser.TryParse(id[..DigitCount], out uint digits, out var used, 'x') && used == DigitCount)
            {
                random = digits;
            }
            return fraction.IsHit(random, RuntimeSettings.Current);
        }
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
            // Also of requests that are no gRPC: trailers, headers, then what the HTTP status stands for.
            return statuses.Contains((int)StreamOperators.AnyGrpcStatusOf(info)) != exclude;
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

    /// <summary>Requests whose trace was asked for by a service (<c>x-envoy-force-trace</c>).</summary>
    internal sealed class Traceable : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) =>
            !info.IsHealthCheck && info.TraceReason == TraceReason.ServiceForced;
    }

    internal sealed class Expression(Cel.CelProgram program) : AccessLogFilter
    {
        public override bool IsMatch(StreamInfo info, AccessLogType type) => program.IsTrue(info, type);
    }

    private static long InForce(long value, string runtimeKey) =>
        runtimeKey.Length == 0 ? value : (long)RuntimeSettings.Current.GetNumber(runtimeKey, value);

    private static bool Compare(ComparisonOperator op, long left, long right) => op switch
    {
        ComparisonOperator.Equal => left == right,
        ComparisonOperator.GreaterOrEqual => left >= right,
        ComparisonOperator.LessOrEqual => left <= right,
        _ => left != right,
    };
}
