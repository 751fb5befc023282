#pragma warning disable RS0030 // The composition root reads the environment and owns the console.
using System.CommandLine;
using System.Runtime.InteropServices;
using Envoy.Config.Bootstrap.V3;
using Envoy.Config.Core.V3;
using Lateen.Core;
using Lateen.Core.Logging;
using Lateen.Grpc.Client;
using Lateen.Proxy;
using Lateen.Xds.Client;

namespace Lateen.Cli.Commands;

/// <summary><c>lateen proxy -c FILE</c>: the data plane alone, with Envoy's flags.</summary>
internal static class ProxyCommand
{
    private static readonly Option<string?> _config = new("--config-path", "-c") { Description = "Bootstrap file." };
    private static readonly Option<string?> _yaml =
        new("--config-yaml") { Description = "Bootstrap merged over the file." };
    private static readonly Option<string> _mode = Text("--mode", "serve, validate or init_only.", "serve");
    private static readonly Option<int?> _concurrency = new("--concurrency") { Description = "Number of workers." };
    private static readonly Option<string?> _node = new("--service-node") { Description = "Overrides node.id." };
    private static readonly Option<string?> _cluster =
        new("--service-cluster") { Description = "Overrides node.cluster." };
    private static readonly Option<string?> _zone = new("--service-zone") { Description = "Overrides the zone." };
    private static readonly Option<string> _level = Text("--log-level", "trace to critical.", "info", "-l");
    private static readonly Option<string?> _logPath = new("--log-path") { Description = "Log file; standard error." };
    private static readonly Option<int> _drain = new("--drain-time-s")
    {
        Description = "Seconds that connections of removed listeners may go on.",
        DefaultValueFactory = _ => 600,
    };

    private static readonly Option<int> _flush = new("--file-flush-interval-msec")
    {
        Description = "How often access log files are written.",
        DefaultValueFactory = _ => 10000,
    };

    private static readonly Option<bool> _allowUnknown = new("--allow-unknown-static-fields", "--allow-unknown-fields")
    {
        Description = "Accept fields of the bootstrap that are not known.",
    };

    private static readonly Option<string?> _adminAddressPath =
        new("--admin-address-path") { Description = "File that receives the admin address." };

    /// <summary>Options of Envoy that change nothing here; given ones are accepted.</summary>
    private static readonly Option[] _accepted =
    [
        Switch("--disable-hot-restart"), Switch("--reject-unknown-dynamic-fields"), Switch("--skip-deprecated-logs"),
        Switch("--ignore-unknown-dynamic-fields"), Switch("--enable-mutex-tracing"), Switch("--use-dynamic-base-id"),
        Switch("--cpuset-threads"), Switch("--enable-core-dump"), Switch("--enable-fine-grain-logging"),
        Switch("--log-format-escaped"), Switch("--hot-restart-version"), Switch("--skip-hot-restart-on-no-parent"),
        Value("--base-id"), Value("--base-id-path"), Value("--restart-epoch"), Value("--component-log-level"),
        Value("--log-format"), Value("--drain-strategy"), Value("--parent-shutdown-time-s"),
        Value("--local-address-ip-version"), Value("--file-flush-min-size-kb"), Value("--socket-path"),
        Value("--socket-mode"), Value("--stats-tag"), Value("--disable-extensions"),
    ];

    internal static Command Build()
    {
        var command = new Command("proxy", "Runs the data plane from an Envoy bootstrap.")
        {
            _config, _yaml, _mode, _concurrency, _node, _cluster, _zone, _level, _logPath, _drain, _flush,
            _allowUnknown, _adminAddressPath,
        };
        foreach (var option in _accepted)
        {
            command.Add(option);
        }
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        var errors = new List<ConfigError>();
        var output = result.InvocationConfiguration.Error;
        if (result.GetValue(_config) is null && string.IsNullOrEmpty(result.GetValue(_yaml)))
        {
            output.WriteLine("error: at least one of --config-path and --config-yaml must be given");
            return 1;
        }
        var bootstrap = ProxyBootstrap.Read(
            result.GetValue(_config), result.GetValue(_yaml), result.GetValue(_allowUnknown), errors);
        using var logFile = result.GetValue(_logPath) is { } path ? new StreamWriter(path, true) : null;
        var sink = new LogSink(logFile ?? Console.Error, TimeProvider.System, LevelOf(result.GetValue(_level)!));
        using var server = errors.Count == 0
            ? ProxyServer.Create(bootstrap, OptionsOf(result), TimeProvider.System, sink, errors)
            : null;
        if (server is null)
        {
            return Fail(output, errors);
        }
        if (result.GetValue(_mode) is "validate" or "init_only")
        {
            result.InvocationConfiguration.Output.WriteLine($"configuration '{result.GetValue(_config)}' OK");
            return 0;
        }
        var failed = server.Start();
        return failed.Count > 0 ? Fail(output, failed) : await ServeAsync(server, bootstrap, sink, cancellation);
    }

    private static async Task<int> ServeAsync(
        ProxyServer server, Bootstrap bootstrap, LogSink sink, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var reopen = PosixSignalRegistration.Create((PosixSignal)10, context =>
        {
            context.Cancel = true;
            server.ReopenLogs();
        });
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        var discovery = Discover(server, bootstrap, sink, stop.Token);
        await server.Stopped;
        await stop.CancelAsync();
        await discovery;
        return 0;

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            server.Stop();
        }
    }

    private static async Task Discover(ProxyServer server, Bootstrap bootstrap, LogSink sink, CancellationToken stop)
    {
        if (bootstrap.DynamicResources?.AdsConfig is not { } ads)
        {
            return;
        }
        if (ProxyBootstrap.FindAdsTarget(bootstrap) is not { } target)
        {
            sink.CreateLogger("xds").Warn("the cluster of ads_config has no plaintext endpoint; nothing is discovered");
            return;
        }
        using var channel = new GrpcChannel(new GrpcChannelOptions { Address = target });
        var options = new XdsClientOptions
        {
            Node = server.Node,
            IsDelta = ads.ApiType is ApiConfigSource.Types.ApiType.DeltaGrpc,
            Random = new Random(Environment.ProcessId),
        };
        await server.ConnectXds(new GrpcXdsTransport(channel), options, true, stop);
    }

    private static ProxyOptions OptionsOf(ParseResult result) => new()
    {
        Concurrency = Math.Max(1, result.GetValue(_concurrency) ?? Environment.ProcessorCount),
        ServiceNode = result.GetValue(_node),
        ServiceCluster = result.GetValue(_cluster),
        ServiceZone = result.GetValue(_zone),
        DrainTime = TimeSpan.FromSeconds(result.GetValue(_drain)),
        FileFlushInterval = TimeSpan.FromMilliseconds(result.GetValue(_flush)),
        AdminAddressPath = result.GetValue(_adminAddressPath),
        Environment = Environment.GetEnvironmentVariable,
        CommandLine = new Dictionary<string, string>
        {
            ["config_path"] = result.GetValue(_config) ?? "",
            ["mode"] = result.GetValue(_mode)! switch { "validate" => "Validate", _ => "Serve" },
            ["log_level"] = result.GetValue(_level)!,
            ["drain_time"] = $"{result.GetValue(_drain)}s",
        },
    };

    private static LogLevel LevelOf(string text) => text switch
    {
        "trace" or "debug" => LogLevel.Debug,
        "info" => LogLevel.Info,
        "warning" or "warn" => LogLevel.Warn,
        _ => LogLevel.Error,
    };

    private static int Fail(TextWriter output, IEnumerable<ConfigError> errors)
    {
        foreach (var error in errors)
        {
            output.WriteLine($"error: {error}");
        }
        return 1;
    }

    private static Option<string> Text(string name, string about, string value, params string[] aliases) =>
        new(name, aliases) { Description = about, DefaultValueFactory = _ => value };

    private static Option<bool> Switch(string name) => new(name) { Description = "Accepted.", Hidden = true };

    private static Option<string?> Value(string name) => new(name) { Description = "Accepted.", Hidden = true };
}
