using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.HealthChecks;

/// <summary>Checks by requests.</summary>
internal class HttpHealthCheckSession : HealthCheckSession, IUpstreamCallbacks
{
    private static readonly HeaderName CheckedCluster = HeaderName.Create("x-envoy-upstream-healthchecked-cluster");
    private static readonly HeaderName ImmediateFail = HeaderName.Create("x-envoy-immediate-health-check-fail");
    private static readonly HeaderName DegradedName = HeaderName.Create("x-envoy-degraded");

    private readonly Host _target;
    private readonly PendingStream _pending;
    private readonly ByteBuffer _answer = new();
    private readonly StreamInfo _info = new();
    private HttpClientStream? _upstream;
    private bool _isWaiting;
    private int _status;

    internal HttpHealthCheckSession(HealthChecker checker, Host host)
        : base(checker, host)
    {
        _target = checker.CreateTarget(host);
        _pending = new PendingStream(this);
        _info.UpstreamHost = host;
        _info.UpstreamCluster = host.Cluster;
    }

    public HeaderMap ResponseHeaders { get; } = new();

    public HeaderMap ResponseTrailers { get; } = new();

    protected HeaderMap Request { get; } = new();

    protected int Status => _status;

    protected override int AnswerStatus => Config.Kind == HealthCheckKind.Http ? _status : 0;

    protected ReadOnlySpan<byte> Answer => _answer.Written;

    protected override void Check()
    {
        _answer.Clear();
        _status = 0;
        ResponseHeaders.Clear();
        ResponseTrailers.Clear();
        _isWaiting = true;
        Worker.GetHostState(_target).GetPool(HttpProtocol.Http11, false, Checker.Overrides).NewStream(_pending);
    }

    protected override void Cancel()
    {
        _isWaiting = false;
        _pending.Pool?.Cancel(_pending);
        var upstream = _upstream;
        _upstream = null;
        upstream?.Reset();
    }

    public void OnPoolReady(HttpClientStream stream)
    {
        _upstream = stream;
        Request.Clear();
        var body = Prepare();
        stream.EncodeHeaders(Request, body.Length == 0);
        if (body.Length > 0)
        {
            var chain = new BufferChain(Worker.Loop.Buffers);
            chain.Append(body);
            stream.EncodeData(chain, chain.Length, true);
        }
    }

    public void OnPoolFailure(UpstreamResetReason reason, byte[]? transportFailure) => End(() => OnFailure(
        reason == UpstreamResetReason.ConnectionTimeout ? HealthCheckFailure.NetworkTimeout
            : HealthCheckFailure.Network, false));

    public void OnInformational(int status) => ResponseHeaders.Clear();

    public void OnResponseHeaders(int status, bool endStream)
    {
        _status = status;
        if (endStream)
        {
            _upstream = null;
            End(Judge);
        }
    }

    public void OnResponseData(BufferChain data, int length, bool endStream)
    {
        while (length > 0)
        {
            var piece = data.First;
            piece = piece[..Math.Min(piece.Length, length)];
            if (_answer.Length < Config.ResponseBytesMax)
            {
                _answer.Write(piece[..Math.Min(piece.Length, Config.ResponseBytesMax - _answer.Length)]);
            }
            length -= piece.Length;
            data.Consume(piece.Length);
        }
        if (endStream)
        {
            _upstream = null;
            End(Judge);
        }
    }

    public void OnResponseTrailers()
    {
        _upstream = null;
        End(Judge);
    }

    public void OnUpstreamReset(UpstreamResetReason reason)
    {
        _upstream = null;
        End(() => OnFailure(HealthCheckFailure.Network, false));
    }

    public void OnUpstreamAboveHighWatermark()
    {
    }

    public void OnUpstreamBelowLowWatermark()
    {
    }

    /// <summary>Fills <see cref="Request"/> and gives the body.</summary>
    protected virtual byte[] Prepare()
    {
        Request.Add(HeaderId.Method, Config.Method);
        Request.Add(HeaderId.Path, Config.Path);
        Request.Add(HeaderId.Authority, Authority());
        Request.Add(HeaderId.Scheme, _target.TransportSocket.Tls is null ? "http"u8 : "https"u8);
        Request.Add(HeaderId.UserAgent, "Envoy/HC"u8);
        if (Config.Send.Length > 0)
        {
            Request.Add(HeaderId.ContentLength, System.Text.Encoding.ASCII.GetBytes($"{Config.Send.Length}"));
        }
        Config.RequestHeaders.Apply(Request, _info);
        return Config.Send;
    }

    /// <summary>The response is complete.</summary>
    protected virtual void Judge()
    {
        if (ResponseHeaders.Contains(ImmediateFail))
        {
            Host.SetHealth(HealthFlags.ExcludedViaImmediateHealthCheckFail, true);
        }
        if (!IsIn(Config.ExpectedStatuses))
        {
            OnFailure(HealthCheckFailure.Active, IsIn(Config.RetriableStatuses));
            return;
        }
        if (!PayloadMatcher.IsMatch(Config.Receive, Answer))
        {
            OnFailure(HealthCheckFailure.Active, false);
            return;
        }
        if (Config.ServiceName is { } expected
            && RuntimeSettings.Current.GetNumber("health_check.verify_cluster", 100) > 0)
        {
            Checker.Count(HealthCheckStat.VerifyCluster);
            if (!ResponseHeaders.TryGet(CheckedCluster, out var said) || !expected.IsMatch(said))
            {
                OnFailure(HealthCheckFailure.Active, false);
                return;
            }
        }
        OnSuccess(ResponseHeaders.Contains(DegradedName));
    }

    /// <summary>The endpoint's own name for checks, then the check's, then the cluster's.</summary>
    protected byte[] Authority()
    {
        var own = Host.Attributes.HealthCheck.Hostname;
        return own.Length > 0 ? System.Text.Encoding.UTF8.GetBytes(own)
            : Config.Authority.Length > 0 ? Config.Authority
            : System.Text.Encoding.UTF8.GetBytes(Host.Cluster.Name);
    }

    private bool IsIn((int Start, int End)[] ranges)
    {
        foreach (var (start, end) in ranges)
        {
            if (_status >= start && _status < end)
            {
                return true;
            }
        }
        return false;
    }

    private void End(Action then)
    {
        if (_isWaiting)
        {
            _isWaiting = false;
            then();
        }
    }
}
