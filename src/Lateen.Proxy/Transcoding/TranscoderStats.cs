using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Transcoding;

/// <summary>What the filter counts, beside the connection manager's own.</summary>
internal sealed class TranscoderStats(StatsScope scope)
{
    private readonly int _response = scope.GetOrAdd("transcoder_response_buffer_bytes", StatKind.Gauge);

    /// <summary>Bytes of JSON that responses have become; as in Envoy they only grow.</summary>
    public void AddResponse(int worker, int bytes) => scope.Add(worker, _response, bytes);
}
