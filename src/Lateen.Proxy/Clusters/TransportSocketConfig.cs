using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Clusters;

/// <summary>How connections to a host are made: plaintext or TLS, and for which endpoints.</summary>
internal sealed record TransportSocketConfig
{
    public static TransportSocketConfig RawBuffer { get; } = new() { Name = "raw_buffer" };

    /// <summary>Name of the entry, for statistics.</summary>
    public string Name { get; init; } = "";

    /// <summary>Null: plaintext.</summary>
    public TlsContextConfig? Tls { get; init; }

    /// <summary>What few sockets have; the others share it. What is not described here is described
    /// there.</summary>
    public TransportSocketWraps Wraps { get; init; } = TransportSocketWraps.None;

    /// <summary>Writes down what passes; null: nothing does.</summary>
    public Tapping.SocketTapConfig? Tap
    {
        get => Wraps.Tap;
        init => Wraps = Equals(value, Tap) ? Wraps : Wraps with { Tap = value };
    }

    /// <summary>Every field must be equal in the endpoint's metadata; null: the default socket.</summary>
    public Struct? Match { get; init; }

    /// <summary>PROXY protocol header sent first: 0 none, 1 or 2.</summary>
    public int ProxyProtocolVersion
    {
        get => Wraps.ProxyProtocolVersion;
        init => Wraps = Equals(value, ProxyProtocolVersion) ? Wraps : Wraps with { ProxyProtocolVersion = value };
    }

    /// <summary>Connections to internal listeners take filter state and metadata with them.</summary>
    public bool PassesInternally
    {
        get => Wraps.PassesInternally;
        init => Wraps = Equals(value, PassesInternally) ? Wraps : Wraps with { PassesInternally = value };
    }

    /// <summary>Namespaces of metadata that are passed to internal listeners: of the host, or of the cluster.</summary>
    public (bool OfHost, string Name)[] PassedMetadata
    {
        get => Wraps.PassedMetadata;
        init => Wraps = Equals(value, PassedMetadata) ? Wraps : Wraps with { PassedMetadata = value };
    }

    /// <summary>Counts metadata that is to be passed and is not there; null where none is.</summary>
    public Stats.StatsScope? InternalStats
    {
        get => Wraps.InternalStats;
        init => Wraps = Equals(value, InternalStats) ? Wraps : Wraps with { InternalStats = value };
    }

    /// <summary>Extensions of a version 2 header besides those that are passed on.</summary>
    public (byte Type, byte[] Value)[] AddedTlvs
    {
        get => Wraps.AddedTlvs;
        init => Wraps = Equals(value, AddedTlvs) ? Wraps : Wraps with { AddedTlvs = value };
    }

    /// <summary>Extensions whose bytes a format makes of the upstream connection; they follow the others.</summary>
    public Tcp.TcpTlv[] FormattedTlvs
    {
        get => Wraps.FormattedTlvs;
        init => Wraps = Equals(value, FormattedTlvs) ? Wraps : Wraps with { FormattedTlvs = value };
    }

    /// <summary>Types of the header's extensions that are passed on; empty: all, null: none.</summary>
    public byte[]? PassTlvs
    {
        get => Wraps.PassTlvs;
        init => Wraps = Equals(value, PassTlvs) ? Wraps : Wraps with { PassTlvs = value };
    }
}
