using Lateen.Net;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Runtime;

/// <content>What is logged and counted of the request, on its way and at its end.</content>
internal sealed partial class HttpStream
{
    /// <summary>An upgrade or CONNECT has succeeded.</summary>
    internal void OnTunnelEstablished()
    {
        if (Config.LogsTunnelEstablished)
        {
            Log(AccessLogType.DownstreamTunnelSuccessfullyEstablished);
        }
    }

    internal void Count(HttpStat stat, long amount = 1) => _config!.Stats.Add(_worker.Index, stat, amount);

    /// <summary>Entries at the request's begin and at intervals, where they are wanted.</summary>
    private void StartLogging()
    {
        if (Config.FlushAccessLogOnNewRequest)
        {
            Log(AccessLogType.DownstreamStart);
        }

        if (Config.AccessLogFlushIntervalNanos > 0 && _codec is not null)
        {
            _logTimer ??= new LoopTimer(_worker.Loop.Timers, this, LogTimer);
            _logTimer.Start(Config.AccessLogFlushIntervalNanos / 1_000_000);
        }
    }

    private void Finish()
    {
        Info.EndNanos = _worker.NowNanos;
        Info.ResponseHeaders = Response.Count > 0 ? Response : null;
        Info.ResponseTrailers = ResponseTrailers.Count > 0 ? ResponseTrailers : null;
        Count(HttpStat.DownstreamRqActive, -1);
        if (Info.ResponseCode > 0)
        {
            if (!Info.IsHealthCheck)
            {
                _config!.Stats.CountResponse(_worker.Index, Info.ResponseCode);
            }
            _config!.Stats.Record(
                _worker.Index, HttpHistogram.DownstreamRqTime, (Info.EndNanos - Info.StartNanos) / 1_000_000);
        }

        var filters = Filters;
        for (var i = 0; i < filters.Length; i++)
        {
            if ((_enabledFilters >> i & 1) != 0)
            {
                filters[i].OnStreamEnd(this);
            }
        }

        FinishSpan();
        Log(AccessLogType.DownstreamEnd);
    }

    private void Log(AccessLogType type)
    {
        foreach (var log in Config.AccessLogs)
        {
            log.Log(_worker, Info, type);
        }
    }
}
