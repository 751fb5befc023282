using System.Text;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Network;

/// <summary>
/// Baggage of HBONE in both directions: this workload's goes into the tunnel's request, by way of the filter state; the
/// peer's comes with the tunnel's response and is left with the upstream connection that this internal connection is
/// the other end of. Both ends are in one process, so no bytes are put between the payload's.
/// </summary>
internal sealed class PeerMetadataNetworkFilter(NetworkFilterChain chain, PeerMetadataNetworkConfig config)
    : NetworkFilter
{
    private const string ResponseHeadersKey = "envoy.tcp_proxy.propagate_response_headers";

    private bool _isTold;

    /// <inheritdoc/>
    internal override bool OnNewConnection()
    {
        chain.Downstream.Info.SetFilterState(config.BaggageKey, config.Baggage);
        return true;
    }

    /// <inheritdoc/>
    internal override void BeforeWrite()
    {
        if (_isTold)
        {
            return;
        }

        _isTold = true;
        var info = chain.Downstream.Info;
        if ((chain.Downstream.Connection.Handover as InternalHandover)?.PeerState is not { } state
            || info.Metadata?.Get(PeerMetadataNetworkConfig.MetadataKey, PeerMetadataNetworkConfig.DisableField)
                is true)
        {
            return;
        }

        if ((info.GetFilterState(ResponseHeadersKey) as TunnelHeaders)?.Get("baggage") is not { } baggage)
        {
            state.Set(PeerMetadataNetworkConfig.NotFoundKey, "true");
            return;
        }

        var names = chain.Stream.UpstreamTls?.PeerUriSans.Select(Encoding.UTF8.GetString) ?? [];
        state.Set(
            PeerMetadataNetworkConfig.PeerKey,
            WorkloadBaggage.Read(baggage) with { Identity = string.Join(',', names) });
    }
}
