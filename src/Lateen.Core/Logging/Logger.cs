using System.Runtime.CompilerServices;

namespace Lateen.Core.Logging;

/// <summary>
/// Writes lines of one area. Callers put their messages as methods into one <c>…Log.cs</c> of the area and guard costly
/// ones by <see cref="IsEnabled"/>. Secrets, tokens and bodies never go into a message.
/// </summary>
public sealed class Logger
{
    private readonly LogSink _sink;

    internal Logger(LogSink sink, string scope, LogLevel minimum)
    {
        _sink = sink;
        Scope = scope;
        Minimum = minimum;
    }

    /// <summary>Drops everything.</summary>
    public static Logger None { get; } = LogSink.None.CreateLogger("none");

    /// <summary>Name of the area.</summary>
    public string Scope { get; }

    /// <summary>Lines below this level are dropped.</summary>
    internal LogLevel Minimum { get; set; }

    /// <summary>Whether a line of this level would be written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsEnabled(LogLevel level) => level >= Minimum;

    /// <summary>Every step; off by default.</summary>
    public void Trace(string message) => Write(LogLevel.Trace, message);

    /// <summary>For developers; off by default.</summary>
    public void Debug(string message) => Write(LogLevel.Debug, message);

    /// <summary>Life of the process, listeners, pushes.</summary>
    public void Info(string message) => Write(LogLevel.Info, message);

    /// <summary>Degraded, yet working.</summary>
    public void Warn(string message) => Write(LogLevel.Warn, message);

    /// <summary>Someone must act.</summary>
    public void Error(string message) => Write(LogLevel.Error, message);

    /// <summary>The process cannot go on.</summary>
    public void Critical(string message) => Write(LogLevel.Critical, message);

    /// <summary>Writes to the same log for another area.</summary>
    public Logger For(string scope) => _sink.CreateLogger(scope);

    /// <summary>Writes a line of a level.</summary>
    public void Write(LogLevel level, string message)
    {
        if (IsEnabled(level))
        {
            _sink.Write(level, Scope, message);
        }
    }
}
