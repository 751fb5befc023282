namespace Lateen.Core.Logging;

/// <summary>
/// Where the lines of all loggers of a process go: one writer, one clock, one minimum level. Any thread may write;
/// a line is written whole.
/// </summary>
public sealed class LogSink(TextWriter writer, TimeProvider clock, LogLevel minimum = LogLevel.Info)
{
    private readonly Lock _lock = new();

    /// <summary>Drops everything.</summary>
    public static LogSink None { get; } = new(TextWriter.Null, TimeProvider.System, LogLevel.Error);

    /// <summary>Lines below this level are dropped. May be changed while running.</summary>
    public LogLevel Minimum { get; set; } = minimum;

    /// <summary>A logger whose lines carry <paramref name="scope"/>.</summary>
    public Logger CreateLogger(string scope) => new(this, scope);

    internal void Write(LogLevel level, string scope, string message)
    {
        var name = level switch
        {
            LogLevel.Debug => "debug",
            LogLevel.Info => "info",
            LogLevel.Warn => "warn",
            _ => "error",
        };
        var now = clock.GetUtcNow().UtcDateTime;
        lock (_lock)
        {
            writer.WriteLine($"{now:yyyy-MM-ddTHH:mm:ss.ffffff}Z\t{name}\t{scope}\t{message}");
            writer.Flush();
        }
    }
}
