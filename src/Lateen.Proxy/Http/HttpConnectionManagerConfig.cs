using System.Collections.Immutable;
using Lateen.Http.Http1;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tracing;

namespace Lateen.Proxy.Http;

/// <summary>
/// The network filter <c>http_connection_manager</c>, immutable. Times are nanoseconds, zero means none. Source:
/// <c>http_connection_manager.v3.HttpConnectionManager</c>.
/// </summary>
internal sealed class HttpConnectionManagerConfig : NetworkFilterConfig
{
    private Http1Limits? _http1Limits;

    public override bool IsTerminal => true;

    /// <summary>What parsers of requests are held to; made at first use, by any worker.</summary>
    public Http1Limits Http1Limits => _http1Limits ??= Runtime.Http1ServerConnection.LimitsOf(this);

    public required string StatPrefix { get; init; }

    public required HttpStats Stats { get; init; }

    public required Http2Stats Http2Stats { get; init; }

    /// <summary>Statistics of the HTTP/1 codec, <c>http1.</c>, by name; null: none are kept.</summary>
    public StatsScope? Http1Stats { get; init; }

    public CodecType Codec { get; init; }

    public required RouteConfigurationSlot Routes { get; init; }

    /// <summary>Chooses tables by the requests' scopes, in place of <see cref="Routes"/>; null: there are
    /// none.</summary>
    public ScopedRoutes? ScopedRoutes { get; init; }

    /// <summary>The route table of a request; null: it has none.</summary>
    public RouteConfiguration? FindRoutes(Lateen.Http.HeaderMap headers) =>
        ScopedRoutes is null ? Routes.Current : ScopedRoutes.Find(headers)?.Routes.Current;

    /// <summary>In order; the last one is terminal.</summary>
    public required ImmutableArray<HttpFilter> HttpFilters { get; init; }

    /// <summary>Those of upgrades and discovered ones inside others, too.</summary>
    public IEnumerable<HttpFilter> AllFilters => HttpFilters.Concat(UpgradeFilters.SelectMany(own => own.Filters))
        .SelectMany(filter => filter.Discovered.Prepend(filter));

    public ImmutableArray<AccessLogger> AccessLogs { get; init; } = [];

    /// <summary>Also log when a request arrives.</summary>
    public bool FlushAccessLogOnNewRequest { get; init; }

    public TrafficDirection Direction { get; init; }

    public Http1Options Http1 { get; init; } = new();

    public Http2Options Http2 { get; init; } = new();

    /// <summary>Value of the server header; <c>envoy</c> by default.</summary>
    public byte[] ServerName { get; init; } = "envoy"u8.ToArray();

    public ServerHeaderTransformation ServerHeader { get; init; }

    /// <summary>Text added to the via header; empty: none.</summary>
    public byte[] Via { get; init; } = [];

    public bool AddUserAgent { get; init; }

    /// <summary>Of request headers; 60 by default.</summary>
    public int MaxRequestHeadersKb { get; init; } = 60;

    public int MaxHeadersCount { get; init; } = 100;

    public HeadersWithUnderscoresAction HeadersWithUnderscores { get; init; }

    /// <summary>Zero: unlimited.</summary>
    public int MaxRequestsPerConnection { get; init; }

    public HttpTimeouts Timeouts { get; init; } = new();

    public ForwardingOptions Forwarding { get; init; } = new();

    public NormalizationOptions Normalization { get; init; }

    /// <summary>Header changes before anything else looks at a request.</summary>
    public HeaderMutations[] EarlyMutations { get; init; } = [];

    /// <summary>Of this proxy, told in headers where add_user_agent is on.</summary>
    public byte[] NodeCluster { get; init; } = [];

    public byte[] NodeId { get; init; } = [];

    public bool Proxy100Continue { get; init; }

    public bool GenerateRequestId { get; init; } = true;

    public bool PreserveExternalRequestId { get; init; }

    public bool AlwaysSetRequestIdInResponse { get; init; }

    /// <summary>Upgrades that are allowed, in lower case.</summary>
    public ImmutableArray<(string Type, bool Enabled)> Upgrades { get; init; } = [];

    /// <summary>Upgrades with filters of their own in place of <see cref="HttpFilters"/>, in lower case.</summary>
    public ImmutableArray<(string Type, ImmutableArray<HttpFilter> Filters)> UpgradeFilters { get; init; } = [];

    public ImmutableArray<LocalReplyMapper> LocalReplyMappers { get; init; } = [];

    public LocalReplyFormat? LocalReplyFormat { get; init; }

    public bool StreamErrorOnInvalidHttpMessage { get; init; }

    /// <summary>Overwrites the scheme of requests; null: kept.</summary>
    public byte[]? SchemeToOverwrite { get; init; }

    /// <summary>The scheme of requests becomes that of the upstream's transport.</summary>
    public bool SchemeMatchesUpstream { get; init; }

    /// <summary>HTTP/1 connections that have lasted their time end with their next response, not before.</summary>
    public bool SafeMaxConnectionDuration { get; init; }

    /// <summary>Null: requests are not traced.</summary>
    public TracingConfig? Tracing { get; init; }

    /// <summary>The request id decides on the trace.</summary>
    public bool UsesRequestIdForSampling { get; init; } = true;

    /// <summary>The decision is written into the request id.</summary>
    public bool PacksTraceReason { get; init; } = true;

    /// <summary>Requests are logged at this interval while they last; zero: not.</summary>
    public long AccessLogFlushIntervalNanos { get; init; }

    /// <summary>Log when a tunnel is established.</summary>
    public bool LogsTunnelEstablished { get; init; }

    /// <summary>Tells in proxy-status why the proxy answered itself; null: not.</summary>
    public ProxyStatusConfig? ProxyStatus { get; init; }

    /// <summary>Whether an address counts as internal.</summary>
    public bool IsInternal(Address address)
    {
        if (address.IsPipe)
        {
            return Forwarding.InternalUnixSockets;
        }
        foreach (var range in Forwarding.InternalAddresses)
        {
            if (range.Contains(address.Ip))
            {
                return true;
            }
        }
        return false;
    }
}
