#pragma warning disable RS0030 // The composition root owns the console and the log file.
using Envoy.Config.Bootstrap.V3;
using Lateen.Core;
using Lateen.Core.Logging;
using Lateen.Proxy;

namespace Lateen.Cli.Commands.Proxy;

/// <summary>The log of a proxy process: standard error or <c>--log-path</c>, in the format that the command line or the
/// bootstrap wants.</summary>
internal sealed class ProxyLogs : IDisposable
{
    private readonly string? _path;
    private TextWriter? _file;

    private ProxyLogs(string? path, LogPattern pattern, ProxyCommandLine line)
    {
        _path = path;
        _file = Open();
        Sink = new LogSink(_file ?? Console.Error, TimeProvider.System, line.LogLevel) { Pattern = pattern };
        foreach (var (component, level) in line.ComponentLevels)
        {
            Sink.SetLevel(component, level);
        }
    }

    internal LogSink Sink { get; }

    /// <summary>Opens the log; a format in both places is an error, as in Envoy.</summary>
    internal static ProxyLogs Create(ProxyCommandLine line, Bootstrap? bootstrap, ICollection<ConfigError> errors)
    {
        var wanted = line.Result.GetValue(ProxyFlags.LogFormat);
        var configured = bootstrap is null ? null : ProxyBootstrap.FindLogFormat(bootstrap, errors);
        if (wanted is not null && configured is not null)
        {
            errors.Add(new ConfigError("application_log_config.log_format", "LOG_FORMAT",
                "Only one of ApplicationLogConfig.log_format or CLI option --log-format can be specified."));
        }

        var pattern = new LogPattern(
            wanted ?? configured ?? LogPattern.Default, line.Result.GetValue(ProxyFlags.LogFormatEscaped));
        return new ProxyLogs(line.Result.GetValue(ProxyFlags.LogPath), pattern, line);
    }

    /// <summary>Opens the file anew, after it was moved away.</summary>
    internal void Reopen()
    {
        if (_path is null || Open() is not { } next)
        {
            return;
        }

        Sink.Replace(next).Dispose();
        _file = next;
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private StreamWriter? Open()
    {
        try
        {
            return _path is null ? null : new StreamWriter(_path, true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"error: cannot open the log file: {e.Message}");
            return null;
        }
    }
}
