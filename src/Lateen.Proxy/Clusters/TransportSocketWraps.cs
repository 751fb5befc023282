namespace Lateen.Proxy.Clusters;

/// <summary>What is around a plaintext or TLS socket: taps, PROXY protocol, metadata for internal listeners.</summary>
internal sealed record TransportSocketWraps
{
    /// <summary>Nothing.</summary>
    public static TransportSocketWraps None { get; } = new();

    public Tapping.SocketTapConfig? Tap { get; init; }

    public int ProxyProtocolVersion { get; init; }

    public bool PassesInternally { get; init; }

    public (bool OfHost, string Name)[] PassedMetadata { get; init; } = [];

    public Stats.StatsScope? InternalStats { get; init; }

    public (byte Type, byte[] Value)[] AddedTlvs { get; init; } = [];

    public Tcp.TcpTlv[] FormattedTlvs { get; init; } = [];

    public byte[]? PassTlvs { get; init; }
}
