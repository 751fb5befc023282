using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Routing;

/// <summary>
/// A route: conditions and what to do. Exactly one of <see cref="Action"/>, <see cref="Redirect"/> and
/// <see cref="DirectResponse"/> is set, or none for a non-forwarding action.
/// </summary>
internal sealed class Route
{
    public string Name { get; init; } = "";

    public required RouteMatcher Match { get; init; }

    /// <summary>How requests are forwarded; routes that differ in nothing but the cluster share it.</summary>
    public RouteAction? Action { get; init; }

    /// <summary>Where requests are forwarded to; null: <see cref="Action"/> says it, or nothing is forwarded.</summary>
    public Clusters.ClusterSlot? Cluster { get; init; }

    /// <summary>What few routes have; the others share it. What follows reads it, and is described there.</summary>
    public RouteSettings Settings { get; private init; } = RouteSettings.Default;

    public RedirectAction? Redirect
    {
        get => Settings.Redirect;
        init => Settings = Equals(value, Redirect) ? Settings : Settings with { Redirect = value };
    }

    public DirectResponseAction? DirectResponse
    {
        get => Settings.DirectResponse;
        init => Settings = Equals(value, DirectResponse) ? Settings : Settings with { DirectResponse = value };
    }

    public HeaderMutations RequestHeaders
    {
        get => Settings.RequestHeaders;
        init => Settings = Equals(value, RequestHeaders) ? Settings : Settings with { RequestHeaders = value };
    }

    public HeaderMutations ResponseHeaders
    {
        get => Settings.ResponseHeaders;
        init => Settings = Equals(value, ResponseHeaders) ? Settings : Settings with { ResponseHeaders = value };
    }

    public PerFilterConfigs PerFilter { get; init; } = PerFilterConfigs.None;

    /// <summary>Metadata by namespace; null when none.</summary>
    public IReadOnlyDictionary<string, Struct>? Metadata { get; init; }

    /// <summary>Counters of a route with a stat_prefix; null without.</summary>
    public Stats.RequestStats? Stats { get; init; }

    /// <summary>Name of the operation in traces; empty: none.</summary>
    public string DecoratorOperation
    {
        get => Settings.DecoratorOperation;
        init => Settings = Equals(value, DecoratorOperation) ? Settings : Settings with { DecoratorOperation = value };
    }

    public byte[] DecoratorBytes => Settings.DecoratorBytes;

    public bool DecoratorPropagate
    {
        get => Settings.DecoratorPropagate;
        init => Settings = Equals(value, DecoratorPropagate) ? Settings : Settings with { DecoratorPropagate = value };
    }

    /// <summary>Null: as the connection manager has it.</summary>
    public Tracing.RouteTracing? Tracing
    {
        get => Settings.Tracing;
        init => Settings = Equals(value, Tracing) ? Settings : Settings with { Tracing = value };
    }

    /// <summary>Bytes buffered for retries; null: the connection's limit.</summary>
    public long? RequestBufferBytesMax
    {
        get => Settings.RequestBufferBytesMax;
        init => Settings =
            Equals(value, RequestBufferBytesMax) ? Settings : Settings with { RequestBufferBytesMax = value };
    }

    /// <summary>
    /// Makes the request ready for the upstream: header changes of route, virtual host and table in their order, then
    /// path and host
    /// rewrites. To be called once, after the cluster was chosen and before host selection.
    /// </summary>
    public void FinalizeRequestHeaders(StreamInfo info, HeaderMap request, bool suppressEnvoyHeaders)
    {
        var table = info.RouteConfiguration;
        if (table is { MostSpecificHeaderMutationsWins: true })
        {
            table.RequestHeaders.Apply(request, info);
            info.VirtualHost?.RequestHeaders.Apply(request, info);
            RequestHeaders.Apply(request, info);
            info.WeightedCluster?.RequestHeaders.Apply(request, info);
        }
        else
        {
            info.WeightedCluster?.RequestHeaders.Apply(request, info);
            RequestHeaders.Apply(request, info);
            info.VirtualHost?.RequestHeaders.Apply(request, info);
            table?.RequestHeaders.Apply(request, info);
        }
        if (Action is not null)
        {
            PathRewriter.RewriteHost(Action, info.WeightedCluster, request, info, suppressEnvoyHeaders);
            PathRewriter.RewritePath(Action, Match.Path, request, info, suppressEnvoyHeaders);
        }
    }

    /// <summary>Header changes on the way back; also for direct responses and redirects, not for other local
    /// replies.</summary>
    public void FinalizeResponseHeaders(StreamInfo info, HeaderMap response)
    {
        if (this == VirtualHost.TlsRedirect)
        {
            return;
        }
        var table = info.RouteConfiguration;
        if (table is { MostSpecificHeaderMutationsWins: true })
        {
            table.ResponseHeaders.Apply(response, info);
            info.VirtualHost?.ResponseHeaders.Apply(response, info);
            ResponseHeaders.Apply(response, info);
            info.WeightedCluster?.ResponseHeaders.Apply(response, info);
            return;
        }
        info.WeightedCluster?.ResponseHeaders.Apply(response, info);
        ResponseHeaders.Apply(response, info);
        info.VirtualHost?.ResponseHeaders.Apply(response, info);
        table?.ResponseHeaders.Apply(response, info);
    }

    /// <summary>
    /// Chooses the cluster; null when a header names none or one that is not there, or nothing is forwarded. The name
    /// is noted in the stream info even then.
    /// </summary>
    public Clusters.ClusterSlot? SelectCluster(StreamInfo info, HeaderMap request, Clusters.ClusterTable clusters)
    {
        if (Cluster is null)
        {
            return Action?.SelectCluster(info, request, clusters);
        }
        info.UpstreamClusterName = Cluster.Name;
        return Cluster;
    }

    /// <summary>The retry policy in force: the route's, else the virtual host's.</summary>
    public RetryPolicy? GetRetryPolicy(VirtualHost? virtualHost) => Action?.RetryPolicy ?? virtualHost?.RetryPolicy;

    /// <summary>A filter's settings at the most specific level that has some.</summary>
    public static object? GetPerFilterConfig(StreamInfo info, string filterName)
    {
        return info.WeightedCluster?.PerFilter.Get(filterName)
            ?? info.Route?.PerFilter.Get(filterName)
            ?? info.VirtualHost?.PerFilter.Get(filterName)
            ?? info.RouteConfiguration?.PerFilter.Get(filterName);
    }
}
