using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>
/// An HTTP filter whose configuration is discovered. Without any, requests are answered with 500 and the flag NFCF.
/// </summary>
internal sealed class DiscoveredFilter : DelegatingFilter
{
    private static readonly MissingFilter Missing = new() { Name = "missing" };

    public required ExtensionSlotOf<HttpFilter> Slot { get; init; }

    protected override HttpFilter? Choose(HttpStream stream) => Slot.Active ?? Missing;

    private sealed class MissingFilter : HttpFilter
    {
        public override HttpFilterResult OnRequest(HttpStream stream)
        {
            stream.Info.ResponseFlags |= ResponseFlags.NoFilterConfigFound;
            stream.Info.ResponseCodeDetails = ResponseDetails.Blank;
            return new HttpFilterResult(HttpFilterStatus.LocalReply, 500);
        }
    }
}
