using Lateen.Core.Logging;

namespace Lateen.Grpc;

/// <summary>Log messages of the gRPC layer.</summary>
internal static class GrpcLog
{
    internal static void HandlerFailed(Logger log, string path, Exception error)
    {
        if (log.IsEnabled(LogLevel.Error))
        {
            log.Error($"{path}: the method failed: {error}");
        }
    }

    internal static void Listening(Logger log, string endpoint)
    {
        if (log.IsEnabled(LogLevel.Debug))
        {
            log.Debug($"gRPC listens on {endpoint}");
        }
    }
}
