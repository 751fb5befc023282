using System.Collections.Immutable;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Listeners;

/// <summary>What happens with a connection: transport socket and network filters. Immutable; compared by
/// reference.</summary>
internal sealed class FilterChain
{
    public required string Name { get; init; }

    public required ImmutableArray<NetworkFilterConfig> Filters { get; init; }

    /// <summary>Metadata by namespace; null when none.</summary>
    public IReadOnlyDictionary<string, Google.Protobuf.WellKnownTypes.Struct>? Metadata { get; init; }

    /// <summary>Null: plaintext.</summary>
    public TlsContextConfig? Tls { get; init; }

    /// <summary>Writes down what passes the transport socket; null: nothing does.</summary>
    public Tapping.SocketTapConfig? Tap { get; init; }

    /// <summary>Limit of the TLS handshake in nanoseconds; zero: none.</summary>
    public long TransportSocketConnectTimeoutNanos { get; init; }

    /// <summary>SHA-256 of the bytes it was built from; equal bytes keep the chain over an in-place update.</summary>
    internal string Digest { get; init; } = "";
}
