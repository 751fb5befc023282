using System.Runtime.CompilerServices;

namespace Lateen.Core.Logging;

/// <summary>
/// Writes lines of one area. Callers put their messages as methods into one <c>…Log.cs</c> of the area and guard costly
/// ones by <see cref="IsEnabled"/>. Secrets, tokens and bodies never go into a message.
/// </summary>
public sealed class Logger
{
    private readonly LogSink _sink;
    private readonly string _scope;

    internal Logger(LogSink sink, string scope)
    {
        _sink = sink;
        _scope = scope;
    }

    /// <summary>Drops everything.</summary>
    public static Logger None { get; } = LogSink.None.CreateLogger("none");

    /// <summary>Whether a line of this level would be written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsEnabled(LogLevel level) => level >= _sink.Minimum && !ReferenceEquals(_sink, LogSink.None);

    /// <summary>For developers; off by default.</summary>
    public void Debug(string message) => Write(LogLevel.Debug, message);

    /// <summary>Life of the process, listeners, pushes.</summary>
    public void Info(string message) => Write(LogLevel.Info, message);

    /// <summary>Degraded, yet working.</summary>
    public void Warn(string message) => Write(LogLevel.Warn, message);

    /// <summary>Someone must act.</summary>
    public void Error(string message) => Write(LogLevel.Error, message);

    private void Write(LogLevel level, string message)
    {
        if (IsEnabled(level))
        {
            _sink.Write(level, _scope, message);
        }
    }
}
