using System.Globalization;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// The filter <c>router</c> of one stream: 1. direct responses and redirects; 2. cluster; 3. header changes and time
/// limits; 4. an attempt: host, pool, connection; 5. the response, or another attempt; 6. what is left goes downstream.
/// Reused.
/// </summary>
internal sealed partial class Router : IUpstreamCallbacks, ITimerTarget
{
    private readonly Worker _worker;
    private readonly HttpStream _stream;
    private readonly PendingStream _pending;
    private readonly BufferChain _body;
    private readonly RetryState _retry = new();
    private readonly LoadBalancerContext _context = new();
    private RouterFilter? _filter;
    private RouteAction? _action;
    private Cluster? _cluster;
    private UpstreamPool? _pool;
    private HttpClientStream? _upstream;
    private RouteTimeouts _timeouts;
    private byte[]? _setCookie;
    private string? _altStatName;
    private List<ShadowRequest>? _shadows;
    private bool _started;
    private bool _retryEnabled;
    private bool _hasLoadReport;
    private bool _mayRedirect;
    private bool _retryHeld;
    private bool _timeoutAltResponse;
    private bool _bodyComplete;
    private bool _headersSent;
    private bool _responseStarted;
    private bool _timedOutOnce;
    private bool _downstreamPaused;
    private long _attemptStartNanos;
    private bool _interimCounted;
    private long _requestCompleteNanos;

    internal Router(Worker worker, HttpStream stream)
    {
        _worker = worker;
        _stream = stream;
        _pending = new PendingStream(this);
        _body = new BufferChain(worker.Loop.Buffers);
        var wheel = worker.Loop.Timers;
        _globalTimer = new LoopTimer(wheel, this, GlobalTimer);
        _perTryTimer = new LoopTimer(wheel, this, PerTryTimer);
        _perTryIdleTimer = new LoopTimer(wheel, this, PerTryIdleTimer);
        _backoffTimer = new LoopTimer(wheel, this, BackoffTimer);
        _upstreamDurationTimer = new LoopTimer(wheel, this, UpstreamDurationTimer);
    }

    HeaderMap IUpstreamCallbacks.ResponseHeaders => _stream.Response;

    HeaderMap IUpstreamCallbacks.ResponseTrailers => _stream.ResponseTrailers;

    /// <summary>Bytes of the request's body that are kept.</summary>
    internal int HeldBytes => _body.Length;

    private StreamInfo Info => _stream.Info;

    internal void Reset()
    {
        EndFilters();
        _filter = null;
        _action = null;
        _cluster = null;
        _pool = null;
        _upstream = null;
        _setCookie = null;
        _shadows?.Clear();
        _started = false;
        _retryEnabled = false;
        _mayRedirect = false;
        _retryHeld = false;
        _bodyComplete = false;
        _headersSent = false;
        _responseStarted = false;
        _timedOutOnce = false;
        _downstreamPaused = false;
        _requestCompleteNanos = 0;
        _hedges = false;
        _attempts?.Clear();
        _altStatName = null;
        _attemptOpen = false;
        _attemptStream = null;
        _attemptSpan.Release();
        _context.Reset();
    }

    /// <summary>The filters before it are done.</summary>
    internal void Start(RouterFilter filter)
    {
        _filter = filter;
        _started = true;
        _stream.Count(HttpStat.RqTotal);
        _stream.BeginSpan();
        var route = Info.Route;
        if (route is null)
        {
            _stream.Count(HttpStat.NoRoute);
            _stream.SendLocalReply(404, default, ResponseFlags.NoRouteFound, ResponseDetails.RouteNotFound);
        }
        else if (route.DirectResponse is not null || route.Redirect is not null)
        {
            AnswerDirectly(route);
        }
        else if (route.Action is { IsNowhere: false } action)
        {
            Forward(route, action);
        }
        else
        {
            _stream.SendLocalReply(404, default, ResponseFlags.NoRouteFound, ResponseDetails.RouteNotFound);
        }
    }

    /// <summary>The stream is answered otherwise: nothing goes on upstream.</summary>
    internal void Abort() => Abort(false);

    /// <summary>The stream is over.</summary>
    internal void OnStreamEnd() => Abort(true);

    /// <summary>The downstream takes no more for the moment.</summary>
    internal void PauseResponse(bool pause) => _upstream?.ReadDisable(pause);

    private void Abort(bool streamIsOver)
    {
        StopTimers();
        if (_pending.Pool is { } pool)
        {
            pool.Cancel(_pending);
        }

        var upstream = _upstream;
        _upstream = null;
        if (upstream is not null)
        {
            _attemptFlags = Info.ResponseFlags;
        }

        EndAttempt(upstream is not null, upstream is not null);
        EndFilters();
        if (streamIsOver)
        {
            upstream?.Leave();
        }
        else
        {
            upstream?.Reset();
        }

        CancelAttempts(null);
        ReleaseRetry();
        _body.Clear();
    }

    private void Forward(Route route, RouteAction action)
    {
        _action = action;
        var request = _stream.Request;
        _cluster = route.SelectCluster(Info, request, _worker.Clusters)?.Current;
        Info.UpstreamCluster = _cluster;
        if (_cluster is null)
        {
            Info.UpstreamClusterName = "";
            _stream.Count(HttpStat.NoCluster);
            _stream.SendLocalReply(
                action.ClusterNotFoundCode, default, ResponseFlags.NoClusterFound, ResponseDetails.ClusterNotFound);
            return;
        }

        if (_filter!.IsInternal)
        {
            ForwardInternally(action);
            return;
        }

        if (IsMalformed(request) || IsDropped(_cluster))
        {
            return;
        }

        if (_stream.Codec.Owner.Sheds(Overload.LoadShedPointKind.HttpDownstreamFilterCheck))
        {
            Info.AttemptCount = 1;
            _stream.Count(HttpStat.RqOverloadLocalReply);
            _stream.SendLocalReply(503, "envoy overloaded"u8, ResponseFlags.None, ResponseDetails.Overload);
            return;
        }

        TakeControlHeaders(action, request);
        var policy = _cluster.Config.Http.RetryPolicy ?? route.GetRetryPolicy(Info.VirtualHost);
        _timeouts = RouteTimeouts.Compute(action, policy, request, _filter.RespectExpectedRqTimeout);
        _retry.Start(policy, request);
        _retryEnabled = _retry.IsEnabled;
        _mayRedirect = action.InternalRedirects is not null;
        SetTimeLeft(request);
        if (Info.VirtualHost is { IncludeRequestAttemptCount: true })
        {
            SetNumber(request, HeaderId.XEnvoyAttemptCount, 1);
        }

        route.FinalizeRequestHeaders(Info, request, _filter.SuppressEnvoyHeaders);
        if (_stream.Config.SchemeMatchesUpstream)
        {
            request.Set(HeaderId.Scheme, _cluster.Config.TransportSocket.Tls is null ? "http"u8 : "https"u8);
        }

        PrepareContext(action, policy, request);
        if (_stream.RequestPassed || IsWebSocket(request))
        {
            OnRequestComplete();
        }

        if (_stream.IsOver)
        {
            return;
        }

        StartAttempt();
        if (!_stream.IsOver)
        {
            StartShadows(action);
        }
    }

    /// <summary>Copies to other clusters; the most specific level that names some wins.</summary>
    private void StartShadows(RouteAction action)
    {
        var policies = action.MirrorPolicies;
        if (_cluster!.Config.Http.MirrorPolicies is { IsEmpty: false } ofCluster)
        {
            policies = ofCluster;
        }

        if (policies.IsEmpty && Info.VirtualHost is { } host)
        {
            policies = host.MirrorPolicies;
        }

        if (policies.IsEmpty && Info.RouteConfiguration is { } table)
        {
            policies = table.MirrorPolicies;
        }

        if (policies.IsEmpty || _stream.IsConnect)
        {
            return;
        }

        foreach (var policy in policies)
        {
            if (ShadowRequest.TryStart(_stream, policy, !_stream.RequestPassed, _timeouts.Global) is { } shadow)
            {
                (_shadows ??= []).Add(shadow);
            }
        }
    }

    /// <summary>What the caller asks of the router; the upstream does not see it.</summary>
    private void TakeControlHeaders(RouteAction action, HeaderMap request)
    {
        if (request.TryGet(HeaderId.XEnvoyUpstreamAltStatName, out var altStatName))
        {
            _altStatName = System.Text.Encoding.UTF8.GetString(altStatName);
            request.Remove(HeaderId.XEnvoyUpstreamAltStatName);
        }

        _hedges = action.HedgesOnPerTryTimeout ?? Info.VirtualHost?.HedgesOnPerTryTimeout ?? false;
        if (request.TryGet(HeaderId.XEnvoyHedgeOnPerTryTimeout, out var hedge))
        {
            _hedges = hedge.SequenceEqual("true"u8) || (_hedges && !hedge.SequenceEqual("false"u8));
        }

        request.Remove(HeaderId.XEnvoyUpstreamStreamDurationMs);
        _timeoutAltResponse = request.Remove(HeaderId.XEnvoyUpstreamRqTimeoutAltResponse) > 0;
    }

    private void PrepareContext(RouteAction action, RetryPolicy? policy, HeaderMap request)
    {
        var connection = Info.Connection;
        _context.OriginalDestination = OriginalDestination(request, connection);
        if (_cluster!.Config.ForwardProxy is not null)
        {
            _context.ForwardProxyHost = Filters.ForwardProxyFilter.KeyOf(
                request.Get(HeaderId.Authority), _cluster.Config.TransportSocket.Tls is not null);
        }

        if (_cluster.Config.LoadBalancer.OverrideSources is { Length: > 0 } sources)
        {
            NameHosts(sources, request);
        }

        _context.OverrideHost = _stream.OverriddenHost;
        _context.IsOverrideStrict = _stream.IsOverrideStrict;
        _context.Subset = Info.WeightedCluster?.MetadataMatch ?? action.MetadataMatch;
        if (policy is not null)
        {
            _context.AvoidPreviousHosts = policy.AvoidPreviousHosts;
            _context.AvoidCanaries = policy.AvoidCanaries;
            _context.AvoidMetadata = policy.AvoidMetadata;
            _context.PriorityUpdateFrequency = policy.PriorityUpdateFrequency;
            _context.SelectionAttemptsMax = policy.HostSelectionAttemptsMax;
        }

        var hashes = _cluster.Config.Http.HashPolicies is { Length: > 0 } own ? own : action.HashPolicies;
        if (hashes.Length > 0)
        {
            _context.Hash = HashPolicy.Compute(hashes, request, Info, out var cookie);
            _setCookie = cookie is null || !MayHash(_cluster.Config) ? null
                : System.Text.Encoding.ASCII.GetBytes(cookie);
        }
    }

    /// <summary>Hosts are chosen by the hash, or by clusters that may choose so.</summary>
    private static bool MayHash(ClusterConfig config) =>
        config.LoadBalancer.Policy is LoadBalancerPolicy.RingHash or LoadBalancerPolicy.Maglev
        || config.Type == DiscoveryType.Custom;

    /// <summary>Time runs for the answer to such a request, although it does not end.</summary>
    private bool IsWebSocket(HeaderMap request) => _stream.IsUpgrade
        && System.Text.Ascii.EqualsIgnoreCase(request.Get(HeaderId.Upgrade), "websocket"u8);

    private void SetNumber(HeaderMap headers, HeaderId id, long value)
    {
        Span<byte> text = stackalloc byte[20];
        value.TryFormat(text, out var written, default, CultureInfo.InvariantCulture);
        headers.Set(id, text[..written]);
    }

    private CircuitBreakers GetBreakers() => _cluster!.GetBreakers(_action!.HighPriority);

    private void Count(ClusterStat stat, long amount = 1) => _cluster!.Stats.Add(_worker.Index, stat, amount);
}
