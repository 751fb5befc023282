using System.Buffers.Binary;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Listeners;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tcp;

/// <summary>
/// The network filter <c>istio.metadata_exchange</c>: when ALPN agreed on <see cref="Protocol"/>, each side sends a
/// header with its workload's metadata before the payload. The same settings serve clusters, for the other direction.
/// </summary>
internal sealed class MetadataExchangeConfig : NetworkFilterConfig
{
    /// <summary>First four bytes of the header, big endian.</summary>
    public const uint Magic = 0x3D230467;

    /// <summary>Bytes of magic and length.</summary>
    public const int PrefixBytes = 8;

    /// <summary>Largest body taken from a peer, in bytes.</summary>
    public const int BodyBytesMax = 64 * 1024;

    /// <summary>Key of the peer's metadata in the body, and of its id with <c>-id</c> behind.</summary>
    public const string PeerKey = "x-envoy-peer-metadata";

    public required byte[] Protocol { get; init; }

    /// <summary>The whole header that this proxy sends: magic, length and body.</summary>
    public required byte[] Header { get; init; }

    /// <summary>A peer that tells nothing is looked up by its address.</summary>
    public bool EnableDiscovery { get; init; }

    /// <summary>Labels that are kept of a peer besides the usual ones.</summary>
    public string[] AdditionalLabels { get; init; } = [];

    /// <summary>Workloads by address.</summary>
    public required WorkloadIndex Workloads { get; init; }

    /// <summary>Counters below <c>metadata_exchange.</c></summary>
    public required StatsScope Stats { get; init; }

    /// <summary>Makes the header for a workload; equal metadata gives equal bytes.</summary>
    public static byte[] MakeHeader(WorkloadMetadata own, string nodeId)
    {
        var fields = new Struct();
        foreach (var (key, value) in own.ToStruct().Fields.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            fields.Fields.Add(key, value);
        }
        var exchanged = new Struct();
        exchanged.Fields[PeerKey] = Value.ForStruct(fields);
        exchanged.Fields[PeerKey + "-id"] = Value.ForString(nodeId);
        var body = new Any
        {
            TypeUrl = "type.googleapis.com/google.protobuf.Struct",
            Value = exchanged.ToByteString(),
        }.ToByteArray();
        var header = new byte[PrefixBytes + body.Length];
        BinaryPrimitives.WriteUInt32BigEndian(header, Magic);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), body.Length);
        body.CopyTo(header, PrefixBytes);
        return header;
    }
}
