namespace Lateen.Proxy.Filters;

/// <summary>The terminal filter that forwards to a cluster. Source: <c>router.v3.Router</c>.</summary>
internal sealed class RouterFilter : HttpFilter
{
    public override bool IsTerminal => true;

    /// <summary>Neither adds nor trusts x-envoy-… headers.</summary>
    public bool SuppressEnvoyHeaders { get; init; }

    /// <summary>The request goes upstream as one of the proxy itself: without the route's limits, retries and
    /// changes.</summary>
    public bool IsInternal { get; init; }

    /// <summary>Let x-envoy-expected-rq-timeout-ms of the request set the timeout.</summary>
    public bool RespectExpectedRqTimeout { get; init; }

    /// <summary>Count gRPC calls without their codes.</summary>
    public bool SuppressGrpcCodeStats { get; init; }

    /// <summary>Count responses by their codes, and times.</summary>
    public bool DynamicStats { get; init; } = true;

    /// <summary>Loggers that get a line for each attempt.</summary>
    public AccessLog.AccessLogger[] UpstreamLogs { get; init; } = [];

    /// <summary>Attempts are logged when they have a connection, too.</summary>
    public bool LogsUpstreamStart { get; init; }

    /// <summary>Filters of each attempt, where the cluster has none.</summary>
    public HttpFilter[] UpstreamFilters { get; init; } = [];

    /// <summary>Attempts have spans of their own.</summary>
    public bool StartsChildSpan { get; init; }

    /// <summary>Names of x-envoy-… headers whose bad values are answered with 400 (flag IH).</summary>
    public string[] StrictCheckHeaders { get; init; } = [];
}
