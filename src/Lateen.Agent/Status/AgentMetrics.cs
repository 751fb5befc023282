using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Lateen.Agent.Dns;
using Lateen.Agent.Secrets;

namespace Lateen.Agent.Status;

/// <summary>The agent's own counters, under Istio's names (all begin with <c>istio_agent_</c>). Any thread may
/// count.</summary>
public sealed class AgentMetrics(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, long> _scrapeFailures = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _terminations = new(StringComparer.Ordinal);
    private long _scrapes;
    private long _connectionFailures;
    private long _discoveryRequests;
    private long _discoveryResponses;

    /// <summary>The certificates; null while there are none.</summary>
    public SecretManager? Secrets { get; set; }

    /// <summary>The DNS proxy; null while there is none.</summary>
    public DnsMetrics? Dns { get; set; }

    /// <summary>How long the start took.</summary>
    public TimeSpan StartupDuration { get; set; }

    /// <summary>Somebody scrapes.</summary>
    public void CountScrape() => Interlocked.Increment(ref _scrapes);

    /// <summary>A part of a scrape failed.</summary>
    public void CountScrapeFailure(string type) => _scrapeFailures.AddOrUpdate(type, 1, (_, count) => count + 1);

    /// <summary>The control plane could not be reached.</summary>
    public void CountConnectionFailure() => Interlocked.Increment(ref _connectionFailures);

    /// <summary>A discovery stream ended.</summary>
    public void CountTermination(string type) => _terminations.AddOrUpdate(type, 1, (_, count) => count + 1);

    /// <summary>A discovery request was passed on.</summary>
    public void CountDiscoveryRequest() => Interlocked.Increment(ref _discoveryRequests);

    /// <summary>A discovery response was passed on.</summary>
    public void CountDiscoveryResponse() => Interlocked.Increment(ref _discoveryResponses);

    /// <summary>Writes all of them in the Prometheus text format.</summary>
    public void Write(StringBuilder into)
    {
        Add(into, "startup_duration_seconds", "gauge", "", StartupDuration.TotalSeconds);
        Add(into, "scrapes_total", "counter", "", Interlocked.Read(ref _scrapes));
        AddByType(into, "scrape_failures_total", _scrapeFailures);
        Add(into, "istiod_connection_failures", "counter", "", Interlocked.Read(ref _connectionFailures));
        AddByType(into, "istiod_connection_terminations", _terminations);
        Add(into, "xds_proxy_requests", "counter", "", Interlocked.Read(ref _discoveryRequests));
        Add(into, "xds_proxy_responses", "counter", "", Interlocked.Read(ref _discoveryResponses));
        if (Secrets is { } secrets)
        {
            Add(into, "num_outgoing_requests", "counter", "{request_type=\"csr\"}", secrets.RequestCount);
            Add(into, "num_failed_outgoing_requests", "counter", "{request_type=\"csr\"}", secrets.FailureCount);
            if (secrets.Expiry is { } expiry)
            {
                var left = (expiry - clock.GetUtcNow()).TotalSeconds;
                Add(into, "cert_expiry_seconds", "gauge", "{resource_name=\"default\"}", left);
            }
        }
        if (Dns is { } dns)
        {
            Add(into, "dns_requests_total", "counter", "", dns.Requests);
            Add(into, "dns_upstream_requests_total", "counter", "", dns.UpstreamRequests);
            Add(into, "dns_upstream_failures_total", "counter", "", dns.UpstreamFailures);
            Add(into, "dns_limit_hits_total", "counter", "", dns.LimitHits);
        }
    }

    private static void AddByType(StringBuilder into, string name, ConcurrentDictionary<string, long> counts)
    {
        into.Append(CultureInfo.InvariantCulture, $"# TYPE istio_agent_{name} counter\n");
        foreach (var (type, count) in counts.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            into.Append(CultureInfo.InvariantCulture, $"istio_agent_{name}{{type=\"{type}\"}} {count}\n");
        }
    }

    private static void Add(StringBuilder into, string name, string type, string labels, double value) => into
        .Append(CultureInfo.InvariantCulture, $"# TYPE istio_agent_{name} {type}\n")
        .Append(CultureInfo.InvariantCulture, $"istio_agent_{name}{labels} {value}\n");
}
