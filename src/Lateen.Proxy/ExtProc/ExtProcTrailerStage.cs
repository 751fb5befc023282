using Lateen.Net;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.ExtProc;

/// <summary>Lets a body pass and keeps its trailers until the service has seen them.</summary>
internal sealed class ExtProcTrailerStage(ExtProcSession session, bool isRequest) : BodyStage
{
    internal override void OnData(BufferChain data, int length, bool end) => Forward(data, length, end);

    internal override void OnTrailers()
    {
        if (session.IsDone || session.HasNoTrailers(isRequest) || !session.TrySendTrailers(isRequest))
        {
            ForwardTrailers();
        }
    }

    /// <summary>The trailers go on.</summary>
    public void Release() => ForwardTrailers();
}
