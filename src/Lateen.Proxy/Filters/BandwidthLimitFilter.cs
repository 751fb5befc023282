using System.Text;
using Lateen.Http;
using Lateen.Proxy.Pacing;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>bandwidth_limit</c>.</summary>
internal sealed class BandwidthLimitFilter : HttpFilter
{
    public required BandwidthLimitConfig Config { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var config = Route.GetPerFilterConfig(stream.Info, Name) as BandwidthLimitConfig ?? Config;
        if (config.Bucket is null || !config.IsOn())
        {
            return HttpFilterResult.Continue;
        }
        var times = new Times();
        stream.SetState(this, new Use(config, times));
        if (config.LimitsRequests)
        {
            config.Count(stream.Worker.Index, config.RequestStats.Enabled);
            if (!stream.RequestPassed)
            {
                stream.AddRequestStage(new Stage(config, config.RequestStats, times, true));
            }
        }
        return HttpFilterResult.Continue;
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is Use { Config.LimitsResponses: true } use)
        {
            use.Config.Count(stream.Worker.Index, use.Config.ResponseStats.Enabled);
            if (!endStream)
            {
                stream.AddResponseStage(new Stage(use.Config, use.Config.ResponseStats, use.Times, false));
            }
        }
        return HttpFilterStatus.Continue;
    }

    private sealed record Use(BandwidthLimitConfig Config, Times Times);

    /// <summary>Durations in milliseconds; negative: not known.</summary>
    private sealed class Times
    {
        public long Request { get; set; } = -1;

        public long RequestHeld { get; set; } = -1;

        public long Response { get; set; } = -1;

        public long ResponseHeld { get; set; } = -1;
    }

    private sealed class Stage(
        BandwidthLimitConfig config, BandwidthStats stats, Times times, bool isRequest) : RatedStage
    {
        private long _startNanos = -1;
        private long _lastReceivedNanos;
        private long _heldNanos;

        protected override long IntervalMillis => config.Bucket!.FillMillis;

        protected override bool AddsTrailers => !isRequest && config.HasTrailers;

        protected override int Take(int wanted, long nowNanos)
        {
            var taken = config.Bucket!.Take(wanted, nowNanos);
            if (taken < wanted)
            {
                config.Count(Stream.Worker.Index, stats.Enforced);
            }
            return taken;
        }

        protected override void OnReceived(int length)
        {
            _lastReceivedNanos = Stream.Worker.NowNanos;
            if (_startNanos < 0)
            {
                _startNanos = _lastReceivedNanos;
                config.Count(Stream.Worker.Index, stats.Pending);
            }
            config.Count(Stream.Worker.Index, stats.IncomingTotal, length);
            config.Set(stats.Incoming, length);
        }

        protected override void OnReleased(int length, bool isLast)
        {
            config.Count(Stream.Worker.Index, stats.AllowedTotal, length);
            if (length > 0)
            {
                config.Set(stats.Allowed, length);
            }
            var now = Stream.Worker.NowNanos;
            _heldNanos = now - _lastReceivedNanos;
            if (!isLast)
            {
                return;
            }
            var total = _startNanos < 0 ? 0 : (now - _startNanos) / 1_000_000;
            if (isRequest)
            {
                (times.Request, times.RequestHeld) = (total, _heldNanos / 1_000_000);
                return;
            }
            (times.Response, times.ResponseHeld) = (total, _heldNanos / 1_000_000);
            if (config.HasTrailers)
            {
                var trailers = Stream.ResponseTrailers;
                Add(trailers, "bandwidth-request-delay-ms", times.Request);
                Add(trailers, "bandwidth-response-delay-ms", times.Response);
                Add(trailers, "bandwidth-request-filter-delay-ms", times.RequestHeld);
                Add(trailers, "bandwidth-response-filter-delay-ms", times.ResponseHeld);
            }
        }

        protected override void OnOver()
        {
            if (_startNanos >= 0)
            {
                config.Count(Stream.Worker.Index, stats.Pending, -1);
            }
        }

        private void Add(HeaderMap trailers, string name, long millis)
        {
            if (millis > 0)
            {
                trailers.Set(HeaderName.Create(config.TrailerPrefix + name), Encoding.ASCII.GetBytes($"{millis}"));
            }
        }
    }
}

/// <summary>Settings of the filter or a route. Source: <c>bandwidth_limit.v3.BandwidthLimit</c>.</summary>
internal sealed class BandwidthLimitConfig(StatsScope scope)
{
    /// <summary>Null where nothing is limited.</summary>
    public BandwidthBucket? Bucket { get; init; }

    public bool LimitsRequests { get; init; }

    public bool LimitsResponses { get; init; }

    public bool IsEnabled { get; init; } = true;

    /// <summary>Runtime key that switches the filter; null: none.</summary>
    public string? RuntimeKey { get; init; }

    /// <summary>Trailers tell the delays.</summary>
    public bool HasTrailers { get; init; }

    /// <summary>What the trailers' names begin with, with its hyphen.</summary>
    public string TrailerPrefix { get; init; } = "";

    public BandwidthStats RequestStats { get; } = new(scope, "request_");

    public BandwidthStats ResponseStats { get; } = new(scope, "response_");

    public bool IsOn() =>
        RuntimeKey is null ? IsEnabled : RuntimeSettings.Current.GetFlag(RuntimeKey, IsEnabled);

    public void Count(int worker, int stat, long amount = 1) => scope.Add(worker, stat, amount);

    public void Set(int gauge, long value) => scope.Set(gauge, value);
}

/// <summary>Statistics of one direction.</summary>
internal sealed class BandwidthStats(StatsScope scope, string prefix)
{
    public int Enabled { get; } = scope.GetOrAdd($"{prefix}enabled");

    public int Enforced { get; } = scope.GetOrAdd($"{prefix}enforced");

    public int Pending { get; } = scope.GetOrAdd($"{prefix}pending", StatKind.Gauge);

    /// <summary>Size of the data that came last.</summary>
    public int Incoming { get; } = scope.GetOrAdd($"{prefix}incoming_size", StatKind.Gauge);

    /// <summary>Size of the data that went on last.</summary>
    public int Allowed { get; } = scope.GetOrAdd($"{prefix}allowed_size", StatKind.Gauge);

    public int IncomingTotal { get; } = scope.GetOrAdd($"{prefix}incoming_total_size");

    public int AllowedTotal { get; } = scope.GetOrAdd($"{prefix}allowed_total_size");
}
