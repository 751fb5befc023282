namespace Lateen.Core.Logging;

/// <summary>
/// Where the lines of all loggers of a process go: one writer, one clock, one minimum level, which single loggers may
/// override. Any thread may write; a line is written whole.
/// </summary>
public sealed class LogSink(TextWriter writer, TimeProvider clock, LogLevel minimum = LogLevel.Info)
{
    private readonly Lock _lock = new();
    private readonly List<Logger> _loggers = [];
    private readonly Dictionary<string, LogLevel> _levels = new(StringComparer.Ordinal);
    private TextWriter _writer = writer;
    private LogLevel _minimum = minimum;

    /// <summary>Drops everything.</summary>
    public static LogSink None { get; } = new(TextWriter.Null, TimeProvider.System, LogLevel.Off);

    /// <summary>
    /// Lines below this level are dropped. May be changed while running; that gives all loggers this level.
    /// </summary>
    public LogLevel Minimum
    {
        get => _minimum;
        set
        {
            lock (_lock)
            {
                _minimum = value;
                _levels.Clear();
                foreach (var logger in _loggers)
                {
                    logger.Minimum = value;
                }
            }
        }
    }

    /// <summary>How a line looks; null: time, level, scope and message with tabs between them, as Istio has
    /// it.</summary>
    public LogPattern? Pattern { get; init; }

    /// <summary>Loggers made so far with their levels, by name, each name once.</summary>
    public IReadOnlyList<(string Name, LogLevel Level)> Levels
    {
        get
        {
            lock (_lock)
            {
                return [.. _loggers.DistinctBy(logger => logger.Scope).Select(l => (l.Scope, l.Minimum))
                    .OrderBy(entry => entry.Scope, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>A logger whose lines carry <paramref name="scope"/>.</summary>
    public Logger CreateLogger(string scope)
    {
        lock (_lock)
        {
            var logger = new Logger(this, scope, _levels.TryGetValue(scope, out var level) ? level : _minimum);
            if (_minimum != LogLevel.Off || _writer != TextWriter.Null)
            {
                _loggers.Add(logger);
            }

            return logger;
        }
    }

    /// <summary>Sets the level of the loggers of one name, present and future ones.</summary>
    /// <returns>Whether a logger has that name now.</returns>
    public bool SetLevel(string scope, LogLevel level)
    {
        lock (_lock)
        {
            _levels[scope] = level;
            var found = false;
            foreach (var logger in _loggers.Where(logger => logger.Scope == scope))
            {
                logger.Minimum = level;
                found = true;
            }

            return found;
        }
    }

    /// <summary>Writes to another writer from now on, e.g. to the file opened anew. Returns the former one.</summary>
    public TextWriter Replace(TextWriter next)
    {
        lock (_lock)
        {
            var former = _writer;
            _writer = next;
            return former;
        }
    }

    internal void Write(LogLevel level, string scope, string message)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        lock (_lock)
        {
            _writer.WriteLine(Pattern is { } pattern
                ? pattern.Format(now, level, scope, message)
                : $"{now:yyyy-MM-ddTHH:mm:ss.ffffff}Z\t{NameOf(level)}\t{scope}\t{message}");
            _writer.Flush();
        }
    }

    private static string NameOf(LogLevel level) => level == LogLevel.Warn ? "warn" : LogLevels.NameOf(level);
}
