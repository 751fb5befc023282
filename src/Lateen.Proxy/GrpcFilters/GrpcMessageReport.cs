using Lateen.Net;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>
/// Messages of one gRPC stream for Istio's metrics: what <c>grpc_stats</c> has counted, reported from time to time and
/// at the end. Of the stream's worker.
/// </summary>
internal sealed class GrpcMessageReport : ITimerTarget
{
    private readonly IstioMetrics _metrics;
    private readonly HttpStream _stream;
    private readonly LoopTimer _timer;
    private long _requests;
    private long _responses;

    internal GrpcMessageReport(IstioMetrics metrics, HttpStream stream)
    {
        _metrics = metrics;
        _stream = stream;
        _timer = new LoopTimer(stream.Worker.Loop.Timers, this);
    }

    internal void Start()
    {
        if (_metrics.Config.TcpReportingNanos > 0)
        {
            _timer.Start(Math.Max(1, _metrics.Config.TcpReportingNanos / 1_000_000));
        }
    }

    internal void End()
    {
        _timer.Remove();
        Report();
    }

    void ITimerTarget.OnTimer(LoopTimer timer)
    {
        // Before the peer is known, the tags would be others than those at the end.
        if (_metrics.IsPeerRead(_stream.Info))
        {
            Report();
        }

        Start();
    }

    private void Report()
    {
        if (_stream.Info.GetFilterState(GrpcCallCounts.StateKey) is not GrpcCallCounts counts)
        {
            return;
        }

        var (requests, responses) = (counts.Requests - _requests, counts.Responses - _responses);
        if (requests != 0 || responses != 0)
        {
            (_requests, _responses) = (counts.Requests, counts.Responses);
            _metrics.OnMessages(_stream.Worker.Index, _stream.Info, requests, responses);
        }
    }
}
