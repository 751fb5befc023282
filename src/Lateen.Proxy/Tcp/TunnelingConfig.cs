using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tcp;

/// <summary>How bytes go through an HTTP proxy upstream. Source: <c>TcpProxy.TunnelingConfig</c>.</summary>
internal sealed class TunnelingConfig
{
    /// <summary>The authority, which may hold command operators.</summary>
    public required FormatString Hostname { get; init; }

    public bool UsePost { get; init; }

    public byte[] PostPath { get; init; } = [(byte)'/'];

    public HeaderMutations Headers { get; init; } = HeaderMutations.None;

    public bool PropagateResponseHeaders { get; init; }

    public bool PropagateResponseTrailers { get; init; }

    /// <summary>Requests get an id, which logs can tell.</summary>
    public bool HasRequestId { get; init; }
}
