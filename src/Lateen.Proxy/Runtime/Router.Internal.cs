using Lateen.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Runtime;

/// <content>Requests that a filter sends upstream as the proxy's own.</content>
internal sealed partial class Router
{
    /// <summary>To the route's cluster, marked as a request of the proxy and without anything else of the
    /// route.</summary>
    private void ForwardInternally(RouteAction action)
    {
        var request = _stream.Request;
        _hedges = false;
        _timeoutAltResponse = false;
        _timeouts = default;
        _retry.Start(null, request);
        _retryEnabled = false;
        _mayRedirect = false;
        request.Set(HeaderId.XEnvoyInternal, "true"u8);
        MachineAddress.AppendTo(request);
        PrepareContext(action, null, request);
        if (_stream.RequestPassed)
        {
            OnRequestComplete();
        }

        if (!_stream.IsOver)
        {
            StartAttempt();
        }
    }
}
