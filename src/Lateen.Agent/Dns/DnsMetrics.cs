namespace Lateen.Agent.Dns;

/// <summary>Counters of the DNS proxy. Any thread may count.</summary>
public sealed class DnsMetrics
{
    private long _requests;
    private long _upstreamRequests;
    private long _upstreamFailures;
    private long _limitHits;

    /// <summary>Queries (dns_requests_total).</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Queries passed on (dns_upstream_requests_total).</summary>
    public long UpstreamRequests => Interlocked.Read(ref _upstreamRequests);

    /// <summary>Queries that no server answered (dns_upstream_failures_total).</summary>
    public long UpstreamFailures => Interlocked.Read(ref _upstreamFailures);

    /// <summary>Queries or connections refused because too many were open.</summary>
    public long LimitHits => Interlocked.Read(ref _limitHits);

    internal void CountRequest() => Interlocked.Increment(ref _requests);

    internal void CountUpstreamRequest() => Interlocked.Increment(ref _upstreamRequests);

    internal void CountUpstreamFailure() => Interlocked.Increment(ref _upstreamFailures);

    internal void CountLimitHit() => Interlocked.Increment(ref _limitHits);
}
