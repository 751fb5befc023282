using System.Buffers.Text;
using Lateen.Http;
using Lateen.Proxy.Pacing;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>fault</c>: delays and aborts a share of the requests.</summary>
internal sealed class FaultFilter : HttpFilter
{
    private static readonly HeaderName DelayHeader = HeaderName.Create("x-envoy-fault-delay-request");
    private static readonly HeaderName RateHeader = HeaderName.Create("x-envoy-fault-throughput-response");
    private static readonly HeaderName RateShareHeader =
        HeaderName.Create("x-envoy-fault-throughput-response-percentage");
    private static readonly HeaderName DelayShareHeader = HeaderName.Create("x-envoy-fault-delay-request-percentage");
    private static readonly HeaderName AbortHeader = HeaderName.Create("x-envoy-fault-abort-request");
    private static readonly HeaderName AbortGrpcHeader = HeaderName.Create("x-envoy-fault-abort-grpc-request");
    private static readonly HeaderName AbortShareHeader = HeaderName.Create("x-envoy-fault-abort-request-percentage");
    private static readonly byte[] AbortDetails = "fault_filter_abort"u8.ToArray();

    private readonly StatsScope _scope;
    private readonly int _delays;
    private readonly int _aborts;
    private readonly int _overflow;
    private readonly int _active;
    private readonly int _rates;
    private long _activeCount;

    public FaultFilter(StatsScope scope)
    {
        _scope = scope;
        _delays = scope.GetOrAdd("fault.delays_injected");
        _aborts = scope.GetOrAdd("fault.aborts_injected");
        _overflow = scope.GetOrAdd("fault.faults_overflow");
        _rates = scope.GetOrAdd("fault.response_rl_injected");
        _active = scope.GetOrAdd("fault.active_faults", StatKind.Gauge);
    }

    public required FaultConfig Config { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var (info, config) = (stream.Info, Settings(stream.Info));
        if ((config.ResponseRate > 0 || config.ResponseRateByHeader) && Applies(config, stream.Request, info))
        {
            PrepareRate(stream, config);
        }
        return OnRequestHeaders(stream.Worker.Index, stream.Request, info);
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is long rate)
        {
            Pace(stream, rate, endStream);
        }
        return HttpFilterStatus.Continue;
    }

    private void Pace(HttpStream stream, long rate, bool endStream)
    {
        var worker = stream.Worker.Index;
        if (endStream)
        {
            Leave(worker);
            return;
        }
        stream.AddResponseStage(new FixedRateStage(rate, () => Leave(worker)));
    }

    /// <summary>The response will be slowed down.</summary>
    private void PrepareRate(HttpStream stream, FaultConfig config)
    {
        var (rate, share) = (config.ResponseRate, config.ResponseRateShare);
        if (config.ResponseRateByHeader)
        {
            if (!TryGetNumber(stream.Request, RateHeader, out var kib) || kib == 0)
            {
                return;
            }
            rate = (long)Math.Min(kib, 1UL << 40) * 1024;
            share = CappedShare(share, stream.Request, RateShareHeader);
        }
        var worker = stream.Worker.Index;
        if (share.IsHit(stream.Info.RandomValue >> 10, RuntimeSettings.Current) && TryEnter(worker, config))
        {
            _scope.Add(worker, _rates);
            stream.SetState(this, rate);
        }
    }

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        var config = Settings(info);
        if (!Applies(config, request, info))
        {
            return HttpFilterResult.Continue;
        }
        if (config.Metadata is { } metadata)
        {
            foreach (var (key, value) in metadata.Fields)
            {
                info.SetMetadata("envoy.filters.http.fault", key, MetadataValues.Unwrap(value)!);
            }
        }
        var delay = DelayFor(config, request, info);
        if (delay > 0 && TryEnter(worker, config))
        {
            info.ResponseFlags |= ResponseFlags.DelayInjected;
            _scope.Add(worker, _delays);
            CountCluster(worker, config, request, "delays_injected");
            return new HttpFilterResult(HttpFilterStatus.Delay, DelayNanos: delay);
        }
        return Abort(worker, config, request, info);
    }

    public override HttpFilterResult OnDelayOver(int worker, HeaderMap request, StreamInfo info)
    {
        Leave(worker);
        return Abort(worker, Settings(info), request, info);
    }

    private FaultConfig Settings(StreamInfo info) => Route.GetPerFilterConfig(info, Name) as FaultConfig ?? Config;

    private static bool Applies(FaultConfig config, HeaderMap request, StreamInfo info)
    {
        var cluster = info.Route?.Cluster ?? info.Route?.Action?.Cluster;
        if (config.UpstreamCluster.Length > 0 && cluster?.Name != config.UpstreamCluster)
        {
            return false;
        }
        if (config.DownstreamNodes.Length > 0)
        {
            var node = request.Get(HeaderId.XEnvoyDownstreamServiceNode);
            var found = false;
            foreach (var candidate in config.DownstreamNodes)
            {
                found |= node.SequenceEqual(candidate);
            }
            if (!found)
            {
                return false;
            }
        }
        return HeaderMatcher.AllMatch(config.Headers, request);
    }

    private static long DelayFor(FaultConfig config, HeaderMap request, StreamInfo info)
    {
        var nanos = config.DelayNanos;
        var share = config.DelayShare;
        if (config.DelayByHeader)
        {
            if (!TryGetNumber(request, DelayHeader, out var ms))
            {
                return 0;
            }
            nanos = (long)Math.Min(ms, 3_600_000) * 1_000_000;
            share = CappedShare(share, request, DelayShareHeader);
        }
        if (nanos > 0)
        {
            nanos = (long)RuntimeSettings.Current.GetNumber(config.DelayKey, nanos / 1e6) * 1_000_000;
        }
        return nanos > 0 && share.IsHit(info.RandomValue, RuntimeSettings.Current) ? nanos : 0;
    }

    private HttpFilterResult Abort(int worker, FaultConfig config, HeaderMap request, StreamInfo info)
    {
        var (status, grpc) = (config.AbortStatus, config.AbortGrpcStatus);
        var share = config.AbortShare;
        if (config.AbortByHeader)
        {
            share = CappedShare(share, request, AbortShareHeader);
            if (TryGetNumber(request, AbortHeader, out var code) && code is >= 200 and < 600)
            {
                status = (int)code;
            }
            else if (TryGetNumber(request, AbortGrpcHeader, out code))
            {
                grpc = (int)code;
            }
        }
        if (status > 0 && !config.AbortByHeader)
        {
            status = (int)RuntimeSettings.Current.GetNumber(config.StatusKey, status);
        }
        if (grpc >= 0 && !config.AbortByHeader)
        {
            grpc = (int)RuntimeSettings.Current.GetNumber(config.GrpcStatusKey, grpc);
        }
        // Another part of the same random value, so that delay and abort do not always strike the same requests.
        if ((status == 0 && grpc < 0) || !share.IsHit(info.RandomValue >> 20, RuntimeSettings.Current)
            || Volatile.Read(ref _activeCount) >= MaxActive(config))
        {
            return HttpFilterResult.Continue;
        }
        info.ResponseFlags |= ResponseFlags.FaultInjected;
        info.ResponseCodeDetails = AbortDetails;
        _scope.Add(worker, _aborts);
        CountCluster(worker, config, request, "aborts_injected");
        return new HttpFilterResult(HttpFilterStatus.LocalReply, grpc >= 0 ? 200 : status, config.AbortBody, grpc);
    }

    private static long MaxActive(FaultConfig config) =>
        (long)RuntimeSettings.Current.GetNumber(config.MaxActiveKey, config.MaxActiveFaults);

    private void CountCluster(int worker, FaultConfig config, HeaderMap request, string stat)
    {
        if (config.CountsDownstreamClusters
            && request.TryGet(HeaderId.XEnvoyDownstreamServiceCluster, out var cluster) && !cluster.IsEmpty)
        {
            _scope.Add(worker, _scope.GetOrAdd($"fault.{System.Text.Encoding.UTF8.GetString(cluster)}.{stat}"));
        }
    }

    private bool TryEnter(int worker, FaultConfig config)
    {
        if (Interlocked.Increment(ref _activeCount) > MaxActive(config))
        {
            Interlocked.Decrement(ref _activeCount);
            _scope.Add(worker, _overflow);
            return false;
        }
        _scope.Add(worker, _active);
        return true;
    }

    private void Leave(int worker)
    {
        Interlocked.Decrement(ref _activeCount);
        _scope.Add(worker, _active, -1);
    }

    private static FractionalPercent CappedShare(FractionalPercent share, HeaderMap request, HeaderName header) =>
        TryGetNumber(request, header, out var numerator)
            ? share with { Numerator = (uint)Math.Min(numerator, share.Numerator) }
            : share;

    private static bool TryGetNumber(HeaderMap request, HeaderName name, out ulong value)
    {
        value = 0;
        return request.TryGet(name, out var text) && Utf8Parser.TryParse(text, out value, out var used)
            && used == text.Length;
    }
}
