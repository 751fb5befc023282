using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Tcp;

/// <summary>A network filter that is accepted and does nothing to the bytes (mongo_proxy and the like).</summary>
internal sealed class PassThroughFilterConfig : NetworkFilterConfig;
