using System.Text;
using Lateen.Http;
using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.OAuth2;

/// <summary>A request to the token endpoint with its further attempts. One worker's; calls back once.</summary>
internal sealed class OAuth2TokenCall : ITimerTarget
{
    private readonly Worker _worker;
    private readonly OAuth2Endpoint _endpoint;
    private readonly OAuth2TokenRequest _request;
    private readonly Action<int, byte[]> _done;
    private readonly LoopTimer _pause;
    private HttpCall? _call;
    private int _attempts;
    private bool _isOver;

    private OAuth2TokenCall(
        Worker worker, OAuth2Endpoint endpoint, OAuth2TokenRequest request, Action<int, byte[]> done)
    {
        _worker = worker;
        _endpoint = endpoint;
        _request = request;
        _done = done;
        _pause = new LoopTimer(worker.Loop.Timers, this);
    }

    /// <summary>
    /// Starts; <paramref name="done"/> gets status and body of the answer or of what Envoy's client would have made up,
    /// perhaps before this returns. Null when the cluster is not there.
    /// </summary>
    public static OAuth2TokenCall? Start(
        Worker worker, OAuth2Endpoint? endpoint, OAuth2TokenRequest request, Action<int, byte[]> done)
    {
        if (endpoint?.Cluster.Current is null)
        {
            return null;
        }
        var call = new OAuth2TokenCall(worker, endpoint, request, done);
        call.Send();
        return call;
    }

    /// <summary>Nobody waits any more.</summary>
    public void Cancel()
    {
        _isOver = true;
        _pause.Remove();
        _call?.Cancel();
    }

    void ITimerTarget.OnTimer(LoopTimer timer) => Send();

    private void Send()
    {
        if (_endpoint.Cluster.Current is not { } cluster)
        {
            Finish(503, "no healthy upstream"u8.ToArray());
            return;
        }
        _attempts++;
        var body = Encoding.Latin1.GetBytes(_request.Body);
        _call = HttpCall.Start(
            _worker, cluster,
            headers =>
            {
                headers.Add(HeaderId.Method, "POST"u8);
                headers.Add(HeaderId.Path, _endpoint.Path);
                headers.Add(HeaderId.Authority, _endpoint.Host);
                headers.Add(HeaderId.Scheme, "http"u8);
                headers.Add(HeaderId.ContentType, "application/x-www-form-urlencoded"u8);
                headers.Add("accept"u8, "application/json"u8);
                if (_request.Authorization is { } authorization)
                {
                    headers.Add(HeaderId.Authorization, Encoding.Latin1.GetBytes(authorization));
                }
                headers.Add(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{body.Length}"));
            },
            body, _endpoint.TimeoutNanos, OnDone);
    }

    private void OnDone(HttpCall call, HttpCallOutcome outcome)
    {
        _call = null;
        var (status, body) = outcome switch
        {
            HttpCallOutcome.Success => (call.Status, call.Body.ToArray()),
            HttpCallOutcome.Timeout => (504, "upstream request timeout"u8.ToArray()),
            _ => (503, ResetText(call)),
        };
        if (status >= 500 && outcome != HttpCallOutcome.Timeout && _attempts <= _endpoint.Retries)
        {
            var pause = Math.Min(_endpoint.RetryBaseNanos << Math.Min(_attempts - 1, 20), _endpoint.RetryMaxNanos);
            _pause.Start(Math.Max(1, pause / 1_000_000));
            return;
        }
        Finish(status, body);
    }

    private static byte[] ResetText(HttpCall call) => call.Failure is null
        ? "upstream connect error or disconnect/reset before headers. reset reason: connection termination"u8.ToArray()
        : "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure"u8
            .ToArray();

    private void Finish(int status, byte[] body)
    {
        if (!_isOver)
        {
            _isOver = true;
            _pause.Remove();
            _done(status, body);
        }
    }
}
