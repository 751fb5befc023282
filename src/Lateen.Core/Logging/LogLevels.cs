namespace Lateen.Core.Logging;

/// <summary>Levels as Envoy writes and reads them: trace, debug, info, warning, error, critical, off.</summary>
public static class LogLevels
{
    private static readonly string[] _names = ["trace", "debug", "info", "warning", "error", "critical", "off"];

    /// <summary>The name of a level.</summary>
    public static string NameOf(LogLevel level) => _names[(int)level];

    /// <summary>Reads a name; <c>warn</c> is <c>warning</c>.</summary>
    public static bool TryParse(string text, out LogLevel level)
    {
        var index = Array.IndexOf(_names, text == "warn" ? "warning" : text);
        level = (LogLevel)Math.Max(index, 0);
        return index >= 0;
    }
}
