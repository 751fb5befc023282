using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Streams;

/// <summary>
/// Upstream connections are to come from the client's address (listener filter <c>original_src</c>). Needs
/// <c>CAP_NET_ADMIN</c> or <c>CAP_NET_RAW</c>, and routes that bring the answers back.
/// </summary>
/// <param name="Address">The client's address; its port does not count.</param>
/// <param name="Mark">Mark of the packets (<c>SO_MARK</c>); zero: none.</param>
internal sealed record OriginalSource(IpAddress Address, int Mark);
