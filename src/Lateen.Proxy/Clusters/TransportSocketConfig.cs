using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Clusters;

/// <summary>How connections to a host are made: plaintext or TLS, and for which endpoints.</summary>
internal sealed class TransportSocketConfig
{
    public static TransportSocketConfig RawBuffer { get; } = new() { Name = "raw_buffer" };

    /// <summary>Name of the entry, for statistics.</summary>
    public string Name { get; init; } = "";

    /// <summary>Null: plaintext.</summary>
    public TlsContextConfig? Tls { get; init; }

    /// <summary>Every field must be equal in the endpoint's metadata; null: the default socket.</summary>
    public Struct? Match { get; init; }

    /// <summary>PROXY protocol header sent first: 0 none, 1 or 2.</summary>
    public int ProxyProtocolVersion { get; init; }

    /// <summary>Types of the header's extensions that are passed on; empty: all, null: none.</summary>
    public byte[]? PassTlvs { get; init; }
}
