using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Jwt;

/// <summary>Where and how a provider's keys are fetched. Source: <c>jwt_authn.v3.RemoteJwks</c>.</summary>
internal sealed class JwtFetch
{
    public required ClusterSlot Cluster { get; init; }

    public required byte[] Host { get; init; }

    public required byte[] Path { get; init; }

    /// <summary>Of all attempts together; zero: none.</summary>
    public long TimeoutNanos { get; init; }

    /// <summary>What is tried again; null: nothing.</summary>
    public RetryPolicy? Retries { get; init; }

    /// <summary>How long fetched keys are used. Default: ten minutes.</summary>
    public long KeysNanos { get; init; } = 600_000_000_000;

    /// <summary>Keys are fetched ahead of the requests that need them.</summary>
    public bool IsAhead { get; init; }

    /// <summary>Keys fetched ahead hold the listener back until they, or a failure, have come.</summary>
    public bool HoldsListener { get; init; }

    /// <summary>When it is tried again after a failure. Default: a second.</summary>
    public long FailedNanos { get; init; } = 1_000_000_000;

    /// <summary>
    /// Fetches keys; null where they cannot be had. <paramref name="done"/> may be called before this returns.
    /// </summary>
    public RetriedHttpCall Start(Worker worker, Cluster cluster, Action<JwtKeySet?> done) => RetriedHttpCall.Start(
        worker, cluster,
        headers =>
        {
            headers.Add(HeaderId.Method, "GET"u8);
            headers.Add(HeaderId.Path, Path);
            headers.Add(HeaderId.Authority, Host);
            headers.Add(HeaderId.Scheme, "http"u8);
            headers.Add(HeaderId.UserAgent, "Go-browser"u8);
        },
        null, TimeoutNanos, Retries,
        (call, outcome) => done(outcome == HttpCallOutcome.Success && call.Status == 200
            ? JwtKeySet.TryParse(call.Body.ToArray())
            : null),
        tellsMachine: true);
}
