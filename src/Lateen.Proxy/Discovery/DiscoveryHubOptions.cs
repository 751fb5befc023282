using Envoy.Config.Core.V3;
using Lateen.Grpc;
using Lateen.Proxy.Runtime;
using Lateen.Xds.Client;

namespace Lateen.Proxy.Discovery;

/// <summary>What the hub needs besides the configuration.</summary>
internal sealed record DiscoveryHubOptions
{
    /// <summary>Who this proxy is.</summary>
    public required Node Node { get; init; }

    /// <summary>The worker on which streams run.</summary>
    public required Worker Worker { get; init; }

    /// <summary>Spreads waits.</summary>
    public required Random Random { get; init; }

    /// <summary>The bootstrap's <c>ads_config</c>; null: none.</summary>
    public DiscoverySource? Ads { get; init; }

    /// <summary>More metadata of every new aggregated stream.</summary>
    public Func<GrpcMetadata>? AdsMetadata { get; init; }

    /// <summary>Comes between the aggregated stream and the network.</summary>
    public Func<IXdsTransport, IXdsTransport>? WrapAds { get; init; }
}
