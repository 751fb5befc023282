namespace Lateen.Core.Logging;

/// <summary>Severity of a log line, least severe first.</summary>
public enum LogLevel
{
    /// <summary>Every step; off by default.</summary>
    Trace,

    /// <summary>For developers; off by default.</summary>
    Debug,

    /// <summary>Life of the process, listeners, pushes.</summary>
    Info,

    /// <summary>Degraded, yet working.</summary>
    Warn,

    /// <summary>Someone must act.</summary>
    Error,

    /// <summary>The process cannot go on.</summary>
    Critical,

    /// <summary>As a minimum: nothing is written.</summary>
    Off,
}
