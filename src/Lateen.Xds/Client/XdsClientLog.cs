using Lateen.Core.Logging;
using Lateen.Grpc;

namespace Lateen.Xds.Client;

/// <summary>Log messages of the xDS client.</summary>
internal static class XdsClientLog
{
    internal static void Disconnected(Logger log, GrpcStatus status, TimeSpan wait)
    {
        if (log.IsEnabled(LogLevel.Warn))
        {
            log.Warn($"xDS: no stream to the control plane ({status}); next attempt in {wait.TotalMilliseconds:F0} ms");
        }
    }

    internal static void NotApplied(Logger log, ReceivedResponse? response)
    {
        if (response is null)
        {
            log.Warn("xDS: a response of a type that is not subscribed is ignored");
        }
        else
        {
            log.Warn($"xDS: a response of type {response.Subscription.TypeUrl} is rejected as a whole");
        }
    }

    internal static void Rejected(Logger log, XdsUpdate update, string error)
    {
        if (log.IsEnabled(LogLevel.Warn))
        {
            log.Warn($"xDS: an update of type {update.TypeUrl} is rejected: {error}");
        }
    }
}
