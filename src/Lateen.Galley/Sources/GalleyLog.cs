using Lateen.Core;
using Lateen.Core.Logging;

namespace Lateen.Galley;

/// <summary>What Galley tells operators.</summary>
internal static class GalleyLog
{
    public static void Read(Logger log, string folder, FolderReport report) =>
        log.Info($"configuration folder {folder}: {report.Objects} objects in {report.Files} files, "
            + $"{report.Errors.Length} errors, {report.Warnings.Length} warnings");

    public static void Fault(Logger log, ConfigError error) => log.Error(error.ToString());

    public static void Warning(Logger log, ConfigError warning) => log.Warn(warning.ToString());

    public static void Kept(Logger log, ConfigKey key) =>
        log.Warn($"{key}: the last good version stays in force");

    public static void WatchFailed(Logger log, string folder, string reason) =>
        log.Warn($"configuration folder {folder} cannot be watched and is looked over instead: {reason}");
}
