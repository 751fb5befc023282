using Lateen.Core.Logging;

namespace Lateen.Xds.Server;

/// <summary>Log messages of the xDS server.</summary>
internal static class XdsServerLog
{
    internal static void Connected(Logger log, XdsStream stream)
    {
        if (log.IsEnabled(LogLevel.Info))
        {
            var protocol = stream.IsDelta ? "delta" : "state-of-the-world";
            log.Info($"ADS: stream {stream.Id} of {stream.Node.Id} opened ({protocol}, from {stream.RemoteEndPoint})");
        }
    }

    internal static void Disconnected(Logger log, XdsStream stream)
    {
        if (log.IsEnabled(LogLevel.Info))
        {
            log.Info($"ADS: stream {stream.Id} of {stream.Node.Id} closed");
        }
    }
}
