using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tapping;

/// <summary>Looks at a body on its way, without changing it.</summary>
internal sealed class TapBody(TapTrace trace, bool isResponse) : BodyStage
{
    internal override void OnData(BufferChain data, int length, bool end)
    {
        if (length > 0)
        {
            trace.OnBody(data, length, isResponse);
        }

        if (end)
        {
            trace.OnEnd(isResponse, null);
        }

        Forward(data, length, end);
    }

    internal override void OnTrailers()
    {
        trace.OnEnd(isResponse, isResponse ? Stream.ResponseTrailers : Stream.RequestTrailers);
        ForwardTrailers();
    }
}
