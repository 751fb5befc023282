using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Lateen.Core;
using Lateen.Core.Logging;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Http;
using Lateen.Proxy.Config;
using Lateen.Proxy.Runtime;
using HeaderMap = Lateen.Http.HeaderMap;

namespace Lateen.Proxy.Discovery;

/// <summary>
/// Discovery by polling over HTTP with JSON. The next poll comes a refresh delay, lengthened by up to as much at
/// random, after the answer to the one before.
/// </summary>
internal sealed class RestSubscription(
    DiscoveryHub hub, DiscoverySource source, WatchKey watch, Node node, Worker worker, TimeProvider clock,
    Random random, Logger log) : IDiscoverySubscription
{
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);
    private readonly byte[] _path = Encoding.ASCII.GetBytes(DiscoveryService.Of(watch.TypeUrl).RestPath);
    private readonly byte[] _cluster = Encoding.UTF8.GetBytes(source.Api!.Target.Cluster.Name);
    private string _version = "";
    private ITimer? _timer;
    private bool _isOver;

    public void Start()
    {
        _timer = clock.CreateTimer(_ => Poll(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Poll();
    }

    public void Want(string wantedType, IReadOnlyCollection<string> wanted, bool all)
    {
    }

    public void AskAgain(string wantedType)
    {
    }

    public void SetPaused(string pausedType, bool paused)
    {
    }

    public void Dispose()
    {
        _isOver = true;
        _timer?.Dispose();
    }

    private void Poll()
    {
        if (_isOver)
        {
            return;
        }

        var request = new DiscoveryRequest { Node = node, VersionInfo = _version, TypeUrl = watch.TypeUrl };
        if (watch.Name.Length > 0)
        {
            request.ResourceNames.Add(watch.Name);
        }

        var tree = new MessageWriter(MessageWriteOptions.Default).ToNode(request);
        var body = Encoding.UTF8.GetBytes(JsonTreeWriter.Write(tree, indented: false));
        if (!worker.Loop.TryPost(_ => Send(body), null))
        {
            OnFailure("the worker takes no more work");
        }
    }

    private void Send(byte[] body)
    {
        if (worker.Clusters.Find(_cluster)?.Current is not { } cluster)
        {
            ThreadPool.QueueUserWorkItem(_ => OnFailure("the cluster is not there"));
            return;
        }

        HttpCall.Start(worker, cluster, headers => Prepare(headers, body.Length), body,
            source.Api!.RequestTimeoutNanos, (call, outcome) =>
            {
                var answer = call.Status is 200 or 304 ? call.Body.ToArray() : null;
                var why = outcome == HttpCallOutcome.Success ? $"HTTP status {call.Status}" : outcome.ToString();
                var isUnchanged = call.Status == 304;
                ThreadPool.QueueUserWorkItem(_ => OnAnswer(answer, isUnchanged, why));
            });
    }

    private void Prepare(HeaderMap headers, int length)
    {
        headers.Add(HeaderId.Method, "POST"u8);
        headers.Add(HeaderId.Path, _path);
        headers.Add(HeaderId.Authority, _cluster);
        headers.Add(HeaderId.Scheme, "http"u8);
        headers.Add(HeaderId.ContentType, "application/json"u8);
        headers.Add(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{length}"));
    }

    private void OnAnswer(byte[]? answer, bool isUnchanged, string why)
    {
        if (answer is null)
        {
            OnFailure(why);
            return;
        }

        if (!isUnchanged)
        {
            var errors = new List<ConfigError>();
            var response = new DiscoveryResponse();
            BootstrapReader.ReadJson(Encoding.UTF8.GetString(answer), response, errors);
            if (errors.Count > 0)
            {
                log.Warn($"an answer of {source.Api!.Target.Cluster.Name} is not used: {string.Join("; ", errors)}");
                hub.OnRejected(source, watch.TypeUrl, watch.Name);
            }
            else if (DiscoveryResponses.Apply(hub, source, watch, response, _held))
            {
                _version = response.VersionInfo;
            }
        }

        Again();
    }

    private void OnFailure(string why)
    {
        log.Debug($"polling {source.Api!.Target.Cluster.Name} failed: {why}");
        hub.OnFailure(source, watch.TypeUrl, watch.Name);
        Again();
    }

    private void Again()
    {
        if (!_isOver)
        {
            double spread;
            lock (random)
            {
                spread = random.NextDouble();
            }

            _timer?.Change(source.Api!.RefreshDelay * (1 + spread), Timeout.InfiniteTimeSpan);
        }
    }
}
