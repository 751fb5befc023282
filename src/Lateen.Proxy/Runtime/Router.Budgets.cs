using Lateen.Http;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <content>What a cluster may want to know of its requests: how much of their time limits they used, and their
/// sizes.</content>
internal sealed partial class Router
{
    private long _attemptBodyBytes;
    private long _attemptHeaderBytes;
    private bool _isGloballyTimedOut;

    /// <summary>Per cent of a limit that a time takes; zero without a limit.</summary>
    internal static long PercentOf(long nanos, long limitNanos) =>
        limitNanos <= 0 ? 0 : nanos / 1_000_000 * 100 / Math.Max(1, limitNanos / 1_000_000);

    /// <summary>Bytes of names and values.</summary>
    internal static long SizeOf(HeaderMap headers)
    {
        long bytes = 0;
        for (var i = 0; i < headers.Count; i++)
        {
            bytes += headers.GetName(i).Length + headers.GetValue(i).Length;
        }

        return bytes;
    }

    private void BeginTracking()
    {
        _attemptBodyBytes = 0;
        _attemptHeaderBytes = 0;
        _isGloballyTimedOut = false;
    }

    /// <summary>An attempt is over. One that the limit of the whole request ended used up no limit of its
    /// own.</summary>
    private void TrackAttempt()
    {
        var config = _cluster!.Config;
        if (config.TrackTimeoutBudgets && !_isGloballyTimedOut)
        {
            _cluster.Stats.Record(_worker.Index, ClusterHistogram.UpstreamRqTimeoutBudgetPerTryPercentUsed,
                PercentOf(_worker.NowNanos - _attemptStartNanos, _timeouts.PerTry));
        }

        if (!config.TrackSizes)
        {
            return;
        }

        _cluster.Stats.Record(_worker.Index, ClusterHistogram.UpstreamRqHeadersSize, SizeOf(_stream.Request));
        _cluster.Stats.Record(_worker.Index, ClusterHistogram.UpstreamRqBodySize, _headersSent ? Info.BytesReceived
            : 0);
        if (_attemptHeaderBytes > 0)
        {
            _cluster.Stats.Record(_worker.Index, ClusterHistogram.UpstreamRsHeadersSize, _attemptHeaderBytes);
            _cluster.Stats.Record(_worker.Index, ClusterHistogram.UpstreamRsBodySize, _attemptBodyBytes);
        }
    }

    /// <summary>The request is over, by its response or by its time limit.</summary>
    private void TrackRequest()
    {
        if (_cluster!.Config.TrackTimeoutBudgets)
        {
            _cluster.Stats.Record(_worker.Index, ClusterHistogram.UpstreamRqTimeoutBudgetPercentUsed,
                _requestCompleteNanos == 0 ? 0
                    : PercentOf(_worker.NowNanos - _requestCompleteNanos, _timeouts.Global));
        }
    }
}
