using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Network;

/// <summary>The filter <c>istio.metadata_exchange</c> towards the client.</summary>
internal sealed class MetadataExchangeNetworkFilter : NetworkFilter
{
    private readonly NetworkFilterChain _chain;
    private readonly MetadataExchange _exchange;

    internal MetadataExchangeNetworkFilter(NetworkFilterChain chain, MetadataExchangeConfig config)
    {
        _chain = chain;
        var downstream = chain.Downstream;
        _exchange = new MetadataExchange(
            config, downstream.Worker.Index, downstream.Connection, downstream.Info.FilterState ??= new FilterState(),
            "downstream", () => config.Workloads.Find(downstream.Info.RemoteAddress));
    }

    /// <inheritdoc/>
    internal override bool HoldsIncomplete => true;

    /// <inheritdoc/>
    internal override bool OnData()
    {
        var connection = _chain.Downstream.Connection;
        if (!_exchange.TakeHeader(connection.Input, connection.IsPeerEnded))
        {
            return false;
        }

        _chain.Discount(_exchange.HeaderBytes);
        return true;
    }

    /// <inheritdoc/>
    internal override void BeforeWrite() => _exchange.BeforeWrite();
}
