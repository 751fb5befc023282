using Envoy.Config.Core.V3;

namespace Lateen.Xds.Client;

/// <summary>Who a client is and how it connects.</summary>
public sealed class XdsClientOptions
{
    /// <summary>The node sent with the first request of each stream; id and cluster are required.</summary>
    public required Node Node { get; init; }

    /// <summary>Incremental protocol, the default; else state of the world.</summary>
    public bool IsDelta { get; init; } = true;

    /// <summary>The aggregated service, the default; or the service of a single type, such as SDS.</summary>
    public string Service { get; init; } = "envoy.service.discovery.v3.AggregatedDiscoveryService";

    /// <summary>What follows Delta or Stream in the service's method names.</summary>
    public string MethodSuffix { get; init; } = "AggregatedResources";

    /// <summary>Only the first request of a stream names the node (<c>set_node_on_first_message_only</c>), the
    /// default.</summary>
    public bool TellsNodeOnce { get; init; } = true;

    /// <summary>Requests that may go at once; 0, the default: no limit (<c>rate_limit_settings</c>).</summary>
    public int RequestTokens { get; init; }

    /// <summary>Requests a second that may follow; default 10.</summary>
    public double RequestsPerSecond { get; init; } = 10;

    /// <summary>First wait before a new attempt, doubled with each failure. Default 500 ms (Envoy).</summary>
    public TimeSpan BackoffBase { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait before a new attempt. Default 30 s (Envoy).</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Randomness of the waits: each is uniform between nothing and the present bound (full jitter).</summary>
    public required Random Random { get; init; }

    /// <summary>The clock of the waits.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
