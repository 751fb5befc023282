using System.Buffers.Text;
using Lateen.Http;
using Lateen.Proxy.Pacing;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>admission_control</c>: refuses a share of the requests while too many fail.</summary>
internal sealed class AdmissionControlFilter(StatsScope scope, int workerCount) : HttpFilter
{
    private static readonly byte[] Details = "denied_by_admission_control"u8.ToArray();

    private readonly AdmissionWindow?[] _windows = new AdmissionWindow?[workerCount + 1];
    private readonly int _rejected = scope.GetOrAdd("admission_control.rq_rejected");
    private readonly int _success = scope.GetOrAdd("admission_control.rq_success");
    private readonly int _failure = scope.GetOrAdd("admission_control.rq_failure");

    public override bool FitsAttempts => true;

    public required AdmissionControlConfig Config { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        if (!Config.Enabled.IsOn() || stream.Info.IsHealthCheck)
        {
            return HttpFilterResult.Continue;
        }
        if (MustReject(stream))
        {
            scope.Add(stream.Worker.Index, _rejected);
            stream.Info.ResponseCodeDetails = Details;
            return new HttpFilterResult(HttpFilterStatus.LocalReply, 503);
        }
        stream.SetState(this, new Sample());
        return HttpFilterResult.Continue;
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is not Sample sample)
        {
            return HttpFilterStatus.Continue;
        }
        var hasStatus = stream.Response.TryGet(HeaderId.GrpcStatus, out var status);
        var isGrpc = endStream
            ? hasStatus : stream.Info.ResponseCode == 200 && RouteMatcher.IsGrpc(stream.Response);
        if (!isGrpc)
        {
            Record(stream, sample, Config.IsGoodHttp(stream.Info.ResponseCode));
        }
        else if (hasStatus)
        {
            Record(stream, sample, IsGood(status));
        }
        return HttpFilterStatus.Continue;
    }

    public override void OnStreamEnd(HttpStream stream)
    {
        // A gRPC response that ends without trailers counts for nothing.
        if (stream.GetState(this) is Sample { IsRecorded: false } sample && stream.ResponseTrailers.Count > 0)
        {
            Record(stream, sample,
                stream.ResponseTrailers.TryGet(HeaderId.GrpcStatus, out var status) && IsGood(status));
        }
    }

    private bool IsGood(ReadOnlySpan<byte> status) =>
        Utf8Parser.TryParse(status, out int code, out _) && Config.GoodGrpc.Contains(code);

    private void Record(HttpStream stream, Sample sample, bool isGood)
    {
        if (sample.IsRecorded)
        {
            return;
        }
        sample.IsRecorded = true;
        WindowOf(stream).Record(isGood, stream.Worker.NowNanos);
        scope.Add(stream.Worker.Index, isGood ? _success : _failure);
    }

    private bool MustReject(HttpStream stream)
    {
        var window = WindowOf(stream);
        window.Forget(stream.Worker.NowNanos);
        if (window.Total < Config.RequestsPerSecondMin.Value * Config.WindowSeconds)
        {
            return false;
        }
        var share = window.RejectionShare(
            Math.Clamp(Config.Threshold.Value, 1, 100) / 100, Math.Max(1, Config.Aggression.Value),
            Math.Clamp(Config.RejectionMax.Value, 0, 100) / 100);
        const uint Accuracy = 10_000;
        return share > 0 && share * Accuracy > stream.Worker.Random.Next() % Accuracy;
    }

    private AdmissionWindow WindowOf(HttpStream stream) =>
        _windows[stream.Worker.Index] ??= new AdmissionWindow(Config.WindowSeconds);

    private sealed class Sample
    {
        public bool IsRecorded { get; set; }
    }
}
