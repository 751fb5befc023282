using Lateen.Core.Logging;

namespace Lateen.Pilot.Serving;

/// <summary>Messages of the serving side.</summary>
internal static class PilotLog
{
    public static void Pushed(Logger log, int objects, int changed, long runs, double milliseconds)
    {
        if (log.IsEnabled(LogLevel.Info))
        {
            log.Info($"push: {objects} objects, {changed} resources changed, {runs} queries run, {milliseconds:F1} ms");
        }
    }

    public static void LeftOut(Logger log, string problem) => log.Warn(problem);

    public static void Failed(Logger log, Exception failure) => log.Error($"the graph thread's work failed: {failure}");

    public static void Refused(Logger log, string node, string reason) => log.Warn($"refused {node}: {reason}");

    public static void Nack(Logger log, string proxy, string type, string reason)
        => log.Warn($"{proxy} rejected {type}: {reason}");
}
