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

    private readonly Dictionary<byte[], WorkloadMetadata>?[] _peers;
    private readonly byte[] _ownValue;
    private readonly byte[] _ownId;

    public PeerMetadataFilter(ProxyResources resources)
    {
        _peers = new Dictionary<byte[], WorkloadMetadata>?[resources.WorkerCount + 1];
        _ownId = Encoding.UTF8.GetBytes(resources.NodeId);
        _ownValue = Encode(resources.OwnWorkload);
        Clusters = resources.Clusters;
    }

    public bool DownstreamDiscovery { get; init; }

    public bool UpstreamDiscovery { get; init; }

    public bool DownstreamPropagation { get; init; }

    public bool UpstreamPropagation { get; init; }

    public bool SkipExternalClusters { get; init; }

    private ClusterTable Clusters { get; }

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        if (DownstreamDiscovery)
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
            Discover(worker, request, info, "downstream_peer_obj");
        }
        if (UpstreamPropagation && MayTell(info, request))
        {
            request.Set(HeaderId.XEnvoyPeerMetadataId, _ownId);
            request.Set(HeaderId.XEnvoyPeerMetadata, _ownValue);
        }
        return HttpFilterResult.Continue;
    }

    public override void OnResponseHeaders(int worker, HeaderMap response, StreamInfo info)
    {
        if (UpstreamDiscovery)
        {
            Discover(worker, response, info, "upstream_peer_obj");
        }
        if (DownstreamPropagation && info.FilterState is { } state)
        {
            if (state.Get("lateen.peer_id_seen") is not null)
            {
                response.Set(HeaderId.XEnvoyPeerMetadataId, _ownId);
            }
            if (state.Get("lateen.peer_seen") is not null)
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

    private void Discover(int worker, HeaderMap headers, StreamInfo info, string key)
    {
        if (headers.TryGet(HeaderId.XEnvoyPeerMetadata, out var value) && info.FilterState?.Get(key) is null
            && GetPeer(worker, headers.Get(HeaderId.XEnvoyPeerMetadataId), value) is { } peer)
        {
            info.SetFilterState(key, peer);
        }
        headers.Remove(HeaderId.XEnvoyPeerMetadata);
        headers.Remove(HeaderId.XEnvoyPeerMetadataId);
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

    private static WorkloadMetadata? Decode(ReadOnlySpan<byte> value)
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
            return WorkloadMetadata.FromStruct(Struct.Parser.ParseFrom(bytes, 0, written));
        }
        catch (InvalidProtocolBufferException)
        {
            // A peer may send anything; what cannot be read tells nothing.
            return null;
        }
    }

    private bool MayTell(StreamInfo info, HeaderMap request)
    {
        var slot = info.Route?.Action?.SelectCluster(info, request, Clusters);
        var istio = slot?.Current?.Config.Metadata?.GetValueOrDefault("istio");
        if (istio is not null && istio.Fields.TryGetValue("disable_mx", out var off) && off.BoolValue)
        {
            return false;
        }
        var isExternal = slot?.Name == "PassthroughCluster"
            || (istio is not null && istio.Fields.TryGetValue("external", out var external) && external.BoolValue);
        return !SkipExternalClusters || !isExternal;
    }
}
