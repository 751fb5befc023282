namespace Lateen.Core.Logging;

/// <summary>Severity of a log line, least severe first.</summary>
public enum LogLevel
{
    /// <summary>For developers; off by default.</summary>
    Debug,

    /// <summary>Life of the process, listeners, pushes.</summary>
    Info,

    /// <summary>Degraded, yet working.</summary>
    Warn,

    /// <summary>Someone must act.</summary>
    Error,
}
