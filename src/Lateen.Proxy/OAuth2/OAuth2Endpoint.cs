using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.OAuth2;

/// <summary>Where tokens come from. Source: <c>core.v3.HttpUri</c>, <c>core.v3.RetryPolicy</c>.</summary>
/// <param name="Cluster">Its cluster, which may come later.</param>
/// <param name="Host">Value of the host header.</param>
/// <param name="Path">Path of the requests.</param>
/// <param name="TimeoutNanos">How long one attempt may take; zero: any time.</param>
/// <param name="Retries">Further attempts after a failure.</param>
/// <param name="RetryBaseNanos">Pause before the first further attempt; it doubles.</param>
/// <param name="RetryMaxNanos">The longest pause.</param>
internal sealed record OAuth2Endpoint(
    ClusterSlot Cluster, byte[] Host, byte[] Path, long TimeoutNanos, int Retries, long RetryBaseNanos,
    long RetryMaxNanos);
