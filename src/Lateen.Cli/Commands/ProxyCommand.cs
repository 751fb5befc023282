#pragma warning disable RS0030 // The composition root reads the environment and owns the console.
using System.CommandLine;
using System.Runtime.InteropServices;
using Envoy.Config.Bootstrap.V3;
using Lateen.Cli.Commands.Proxy;
using Lateen.Core;
using Lateen.Core.Logging;
using Lateen.Proxy;

namespace Lateen.Cli.Commands;

/// <summary><c>lateen proxy -c FILE</c>: the data plane alone, with Envoy's flags, signals and exit codes: 0 for a
/// clean end, 1 for anything wrong with the command line or the configuration.</summary>
internal static class ProxyCommand
{
    private const int Failure = 1;

    internal static Command Build()
    {
        var command = new Command("proxy", "Runs the data plane from an Envoy bootstrap.");
        foreach (var option in ProxyFlags.All)
        {
            command.Add(option);
        }
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
        if (result.GetValue(ProxyFlags.HotRestartVersion))
        {
            error.WriteLine("disabled");
            return 0;
        }
        if (result.GetValue(ProxyFlags.Version))
        {
            output.WriteLine($"\nlateen  version: {new ProxyOptions().Version}\n");
            return 0;
        }
        if (ProxyCommandLine.Resolve(result, out var wrong) is not { } line)
        {
            error.WriteLine($"error: {wrong}");
            return Failure;
        }
        var errors = new List<ConfigError>();
        var ignored = new List<string>();
        var bootstrap = ReadBootstrap(line, errors, ignored);
        using var logs = ProxyLogs.Create(line, bootstrap, errors);
        using var server = errors.Count == 0
            ? ProxyServer.Create(
                bootstrap!, line.ToOptions() with { StaticUnknownFields = ignored.Count }, TimeProvider.System,
                logs.Sink, errors)
            : null;
        if (server is null)
        {
            return Fail(line, logs.Sink, error, errors);
        }
        if (line.Mode == "validate")
        {
            output.WriteLine($"configuration '{line.ConfigPath}' OK");
            return 0;
        }
        var failed = server.Start();
        if (failed.Count > 0)
        {
            return Fail(line, logs.Sink, error, failed);
        }
        return line.Mode == "init_only" ? 0 : await ServeAsync(server, logs, cancellation);
    }

    private static Bootstrap? ReadBootstrap(
        ProxyCommandLine line, List<ConfigError> errors, List<string> ignored)
    {
        if (string.IsNullOrEmpty(line.ConfigPath) && string.IsNullOrEmpty(line.ConfigYaml))
        {
            errors.Add(new ConfigError("", "BOOTSTRAP",
                "At least one of --config-path or --config-yaml should be non-empty"));
            return null;
        }
        return ProxyBootstrap.Read(line.ConfigPath, line.ConfigYaml, line.AllowsUnknownFields, errors, ignored);
    }

    private static async Task<int> ServeAsync(
        ProxyServer server, ProxyLogs logs, CancellationToken cancellation)
    {
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var reopen = PosixSignalRegistration.Create((PosixSignal)10, context =>
        {
            context.Cancel = true;
            logs.Reopen();
            server.ReopenLogs();
        });
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        await server.Stopped.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            server.Stop();
        }
    }

    /// <summary>All errors as one line of the log; where it would have served, also on standard error.</summary>
    private static int Fail(ProxyCommandLine line, LogSink sink, TextWriter error, IEnumerable<ConfigError> errors)
    {
        var text = string.Join("\n", errors);
        sink.CreateLogger("main").Critical($"error initializing configuration '{line.ConfigPath}': {text}");
        if (line.Mode != "validate")
        {
            error.WriteLine(text);
        }
        return Failure;
    }
}
