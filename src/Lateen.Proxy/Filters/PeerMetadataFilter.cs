using System.Buffers.Text;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Config;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>
/// The HTTP filter <c>istio.metadata_exchange</c>: workloads tell each other who they are in the headers
/// x-envoy-peer-metadata and
/// x-envoy-peer-metadata-id. Peers are remembered by id, so that a known one costs a look-up.
/// </summary>
internal sealed class PeerMetadataFilter : HttpFilter
{
    /// <summary>Peers that each worker remembers.</summary>
    public const int PeerCountMax = 500;

    private const int ValueBytesMax = 16 * 1024;

    private static readonly HeaderName BaggageHeader = HeaderName.Create("baggage"u8);
    private static readonly HeaderName ForwardedNetwork = HeaderName.Create("x-forwarded-network"u8);

    private readonly Dictionary<byte[], WorkloadMetadata>?[] _peers;
    private readonly byte[] _ownValue;
    private readonly byte[] _ownId;
    private readonly byte[] _ownBaggage;
    private readonly string _ownNetwork;
    private readonly string[] _additionalLabels;

    public PeerMetadataFilter(ProxyResources resources, WorkloadMetadata own, string[] additionalLabels)
    {
        _peers = new Dictionary<byte[], WorkloadMetadata>?[resources.WorkerCount + 1];
        _ownId = Encoding.UTF8.GetBytes(resources.NodeId);
        _ownValue = Encode(own);
        _ownBaggage = Encoding.UTF8.GetBytes(WorkloadBaggage.Write(own));
        _ownNetwork = resources.Node.Metadata?.Fields.GetValueOrDefault("NETWORK")?.StringValue ?? "";
        _additionalLabels = additionalLabels;
        Workloads = resources.Workloads;
        Clusters = resources.Clusters;
    }

    public PeerMethod[] DownstreamDiscovery { get; init; } = [];

    public PeerMethod[] UpstreamDiscovery { get; init; } = [];

    public PeerMethod[] DownstreamPropagation { get; init; } = [];

    public PeerMethod[] UpstreamPropagation { get; init; } = [];

    /// <summary>Upstream connections see what was learnt of the downstream peer.</summary>
    public bool SharedWithUpstream { get; init; }

    private WorkloadIndex Workloads { get; }

    private ClusterTable Clusters { get; }

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        if (DownstreamDiscovery.Length > 0)
        {
            // The response answers with what the request carried, so that is noted before it goes.
            if (request.Contains(HeaderId.XEnvoyPeerMetadataId))
            {
                info.SetFilterState("lateen.peer_id_seen", this);
            }
            if (request.Contains(HeaderId.XEnvoyPeerMetadata))
            {
                info.SetFilterState("lateen.peer_seen", this);
            }
            Discover(worker, DownstreamDiscovery, request, info, "downstream_peer_obj", "downstream_peer");
        }
        foreach (var method in UpstreamPropagation)
        {
            if (method.Kind == PeerMethodKind.Baggage)
            {
                request.Set(BaggageHeader, _ownBaggage);
            }
            else if (MayTell(method, info, request))
            {
                request.Set(HeaderId.XEnvoyPeerMetadataId, _ownId);
                request.Set(HeaderId.XEnvoyPeerMetadata, _ownValue);
            }
        }
        return HttpFilterResult.Continue;
    }

    public override void OnResponseHeaders(int worker, HeaderMap response, StreamInfo info)
    {
        if (UpstreamDiscovery.Length > 0)
        {
            Discover(worker, UpstreamDiscovery, response, info, "upstream_peer_obj", "upstream_peer");
        }
        foreach (var method in DownstreamPropagation)
        {
            if (method.Kind == PeerMethodKind.Baggage)
            {
                response.Set(BaggageHeader, _ownBaggage);
                continue;
            }
            if (info.FilterState?.Get("lateen.peer_id_seen") is not null)
            {
                response.Set(HeaderId.XEnvoyPeerMetadataId, _ownId);
            }
            if (info.FilterState?.Get("lateen.peer_seen") is not null)
            {
                response.Set(HeaderId.XEnvoyPeerMetadata, _ownValue);
            }
        }
    }

    internal static byte[] Encode(WorkloadMetadata workload)
    {
        // Keys in order, so that equal metadata is equal bytes.
        var fields = workload.ToStruct();
        var sorted = new Struct();
        foreach (var (key, value) in fields.Fields.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            sorted.Fields.Add(key, value);
        }
        return Encoding.ASCII.GetBytes(Convert.ToBase64String(sorted.ToByteArray()));
    }

    /// <summary>The first method that tells of the peer counts; headers go in any case.</summary>
    private void Discover(
        int worker, PeerMethod[] methods, HeaderMap headers, StreamInfo info, string key, string structKey)
    {
        if (info.FilterState?.Get(key) is null)
        {
            foreach (var method in methods)
            {
                if (Find(worker, method, headers, info, ReferenceEquals(methods, DownstreamDiscovery)) is { } peer)
                {
                    var sharing = SharedWithUpstream ? FilterStateSharing.Once : FilterStateSharing.None;
                    var state = info.FilterState ??= new FilterState();
                    state.Set(new SharedObject(key, peer, sharing, true));
                    state.Set(new SharedObject(structKey, peer, sharing, true));
                    break;
                }
            }
        }
        foreach (var method in methods)
        {
            if (method.Kind == PeerMethodKind.IstioHeaders)
            {
                headers.Remove(HeaderId.XEnvoyPeerMetadata);
                headers.Remove(HeaderId.XEnvoyPeerMetadataId);
            }
        }
    }

    private WorkloadMetadata? Find(
        int worker, PeerMethod method, HeaderMap headers, StreamInfo info, bool isDownstream)
    {
        switch (method.Kind)
        {
            case PeerMethodKind.IstioHeaders:
                return headers.TryGet(HeaderId.XEnvoyPeerMetadata, out var value)
                    ? GetPeer(worker, headers.Get(HeaderId.XEnvoyPeerMetadataId), value)
                    : null;
            case PeerMethodKind.Baggage:
                return headers.TryGet(BaggageHeader, out var baggage)
                    ? WorkloadBaggage.Read(Encoding.UTF8.GetString(baggage))
                    : null;
            case PeerMethodKind.UpstreamFilterState:
                return info.UpstreamFilterState?.Get(method.Key) as WorkloadMetadata;
            default:
                return isDownstream ? FindDownstream(headers, info) : FindUpstream(info);
        }
    }

    private WorkloadMetadata? FindDownstream(HeaderMap headers, StreamInfo info) =>
        headers.TryGet(ForwardedNetwork, out var network) && Encoding.UTF8.GetString(network) != _ownNetwork
            ? null
            : Workloads.Find(info.Connection.RemoteAddress);

    private WorkloadMetadata? FindUpstream(StreamInfo info)
    {
        if (info.UpstreamHost is not { } host)
        {
            return null;
        }
        var metadata = host.Attributes.Metadata;
        return host.Address.IsInternal && metadata?.GetValueOrDefault("istio") is { } istio
            && istio.Fields.ContainsKey("double_hbone")
            ? null
            : Workloads.FindHost(host);
    }

    private WorkloadMetadata? GetPeer(int worker, ReadOnlySpan<byte> id, ReadOnlySpan<byte> value)
    {
        var peers = _peers[worker] ??= new Dictionary<byte[], WorkloadMetadata>(ByteKeyComparer.Instance);
        if (id.Length > 0 && peers.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(id, out var known))
        {
            return known;
        }
        if (Decode(value) is not { } peer)
        {
            return null;
        }
        if (id.Length > 0)
        {
            if (peers.Count >= PeerCountMax)
            {
                peers.Clear();
            }
            peers[id.ToArray()] = peer;
        }
        return peer;
    }

    private WorkloadMetadata? Decode(ReadOnlySpan<byte> value)
    {
        if (value.Length > ValueBytesMax)
        {
            return null;
        }
        var padded = new byte[(value.Length + 3) / 4 * 4];
        padded.AsSpan().Fill((byte)'=');
        value.CopyTo(padded);
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(padded.Length)];
        if (Base64.DecodeFromUtf8(padded, bytes, out _, out var written) != System.Buffers.OperationStatus.Done)
        {
            return null;
        }
        try
        {
            return WorkloadMetadata.FromStruct(Struct.Parser.ParseFrom(bytes, 0, written), _additionalLabels);
        }
        catch (InvalidProtocolBufferException)
        {
            // A peer may send anything; what cannot be read tells nothing.
            return null;
        }
    }

    private bool MayTell(PeerMethod method, StreamInfo info, HeaderMap request)
    {
        var slot = info.Route?.SelectCluster(info, request, Clusters);
        var istio = slot?.Current?.Config.Metadata?.GetValueOrDefault("istio");
        if (istio is not null && istio.Fields.TryGetValue("disable_mx", out var off) && off.BoolValue)
        {
            return false;
        }
        var isExternal = slot?.Name == "PassthroughCluster"
            || (istio is not null && istio.Fields.TryGetValue("external", out var external) && external.BoolValue);
        return !method.SkipExternalClusters || !isExternal;
    }
}
