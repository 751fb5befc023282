using Lateen.Proxy.Listeners;

namespace Lateen.Proxy.Tcp;

/// <summary>
/// The network filter <c>istio.metadata_exchange</c>: when ALPN agreed on <see cref="Protocol"/>, each side sends a
/// header with
/// its workload's metadata before the payload.
/// </summary>
internal sealed class MetadataExchangeConfig : NetworkFilterConfig
{
    /// <summary>First four bytes of the header, big endian.</summary>
    public const uint Magic = 0x3D230467;

    /// <summary>Largest body taken from a peer, in bytes.</summary>
    public const int BodyBytesMax = 64 * 1024;

    public required byte[] Protocol { get; init; }

    /// <summary>The whole header that this proxy sends: magic, length and body.</summary>
    public required byte[] Header { get; init; }
}
