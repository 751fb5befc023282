using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>original_src</c>: requests reach the upstream from their client's address.</summary>
internal sealed class OriginalSourceFilter : HttpFilter
{
    /// <summary>Mark of the packets; zero: none.</summary>
    public int Mark { get; init; }

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        var client = info.EffectiveRemoteAddress.Ip;
        if (!client.IsEmpty)
        {
            info.OriginalSource = new OriginalSource(client, Mark);
        }
        return HttpFilterResult.Continue;
    }
}
