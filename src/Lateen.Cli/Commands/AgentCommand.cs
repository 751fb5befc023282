using System.Collections;
using System.CommandLine;
using System.Runtime.InteropServices;
using Lateen.Agent;
using Lateen.Agent.Bootstrap;
using Lateen.Core;
using Lateen.Core.Logging;
using Lateen.Security;

namespace Lateen.Cli.Commands;

/// <summary><c>lateen agent [proxy] ROLE</c>: pilot-agent's work beside one workload.</summary>
internal static class AgentCommand
{
    // pilot-agent's code for a start that failed.
    private const int StartFailed = 255;

    private static readonly Argument<string[]> _words = new("role")
    {
        Description = "sidecar (default), router or waypoint; 'proxy' before it is taken too, as pilot-agent wants it.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string?> _proxy = new("--proxy")
    {
        Description = "Path of a real Envoy to run instead of the proxy within this process.",
    };

    private static readonly Option<int?> _concurrency = new("--concurrency")
    {
        Description = "Worker threads of the proxy; default by ProxyConfig, ISTIO_CPU_LIMIT, else one per core.",
    };

    private static readonly Option<string> _domain = Text("--domain", "DNS domain of the proxy's services.", "");
    private static readonly Option<string> _meshConfig =
        Text("--meshConfig", "File of the mesh configuration.", "./etc/istio/config/mesh");
    private static readonly Option<string> _outlierLogPath = Text("--outlierLogPath", "Log of outlier ejections.", "");
    private static readonly Option<string> _proxyLogLevel =
        Text("--proxyLogLevel", "Log level of the proxy, then of its components.", "warning");
    private static readonly Option<string> _componentLogLevel =
        Text("--proxyComponentLogLevel", "Log levels of the proxy's components.", "");
    private static readonly Option<string> _outputLevel =
        Text("--log_output_level", "Log level of the agent: debug, info, warn, error.", "info");
    private static readonly Option<bool> _logAsJson =
        new("--log_as_json") { Description = "The proxy's log lines as JSON." };

    // Options of pilot-agent that change nothing here; given ones are accepted.
    private static readonly Option[] _accepted =
    [
        Text("--serviceCluster", "Accepted; the service cluster comes from ProxyConfig and labels.", "istio-proxy"),
        Text("--templateFile", "Accepted; the bootstrap has no template.", ""),
        Text("--stsPort", "Accepted; there is no token exchange.", "0"),
        Text("--tokenManagerPlugin", "Accepted; there is no token exchange.", ""),
        Text("--profiling", "Accepted; there is no profiling port.", "true"),
        Text("--log_caller", "Accepted.", ""),
        Text("--log_stacktrace_level", "Accepted.", "default:none"),
        Text("--log_target", "Accepted; logs go to standard error.", "stdout"),
        Text("--vklog", "Accepted.", "0"),
    ];

    internal static Command Build()
    {
        var command =
            new Command("agent", "Runs beside a workload: identity, proxy, readiness, DNS (pilot-agent's options).")
        {
            _words, _proxy, _concurrency, _domain, _meshConfig, _outlierLogPath, _proxyLogLevel, _componentLogLevel,
            _outputLevel, _logAsJson,
        };
        foreach (var option in _accepted)
        {
            command.Add(option);
        }
        command.SetAction((result, _) => RunAsync(result));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult result)
    {
        var sink = new LogSink(result.InvocationConfiguration.Error, TimeProvider.System, LevelOf(result));
        var log = sink.CreateLogger("agent");
        var errors = new List<ConfigError>();
        var options = AgentOptionsResolver.Resolve(ReadFlags(result), ReadEnvironment(), errors);
        if (errors.Count > 0)
        {
            errors.ForEach(error => log.Error(error.ToString()));
            return StartFailed;
        }
        try
        {
            // The seed is unlike that of any other agent, so that they spread; nothing secret comes from it.
#pragma warning disable CA5394
            var random = new Random(HashCode.Combine(Environment.ProcessId, Environment.TickCount64));
#pragma warning restore CA5394
            await using var agent = new AgentRuntime(options, TimeProvider.System, random, sink);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => End(context, agent));
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => End(context, agent));
            await agent.RunAsync();
            return 0;
        }
        catch (Exception e) when (e is PkiException or IOException or System.Net.Sockets.SocketException
            or UnauthorizedAccessException)
        {
            log.Error($"the agent cannot start: {e.Message}");
            return StartFailed;
        }
    }

    private static void End(PosixSignalContext context, AgentRuntime agent)
    {
        context.Cancel = true;
        agent.Terminate();
    }

    private static AgentFlags ReadFlags(ParseResult result)
    {
        var words = (result.GetValue(_words) ?? []).SkipWhile(word => word == "proxy").ToArray();
        return new AgentFlags
        {
            Role = words.Length > 0 ? words[0] : "sidecar",
            Domain = result.GetValue(_domain) ?? "",
            Concurrency = result.GetValue(_concurrency),
            MeshConfigFile = result.GetValue(_meshConfig) ?? "",
            OutlierLogPath = result.GetValue(_outlierLogPath) ?? "",
            ProxyLogLevel = result.GetValue(_proxyLogLevel) ?? "warning",
            ProxyComponentLogLevel = result.GetValue(_componentLogLevel) ?? "",
            LogAsJson = result.GetValue(_logAsJson),
            Proxy = result.GetValue(_proxy),
        };
    }

    private static AgentEnvironment ReadEnvironment()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }
        return new AgentEnvironment(variables);
    }

    private static LogLevel LevelOf(ParseResult result)
    {
        // Istio's form: levels of scopes, by commas; the first one counts here.
        var level = (result.GetValue(_outputLevel) ?? "").Split(',')[0].Split(':')[^1];
        return level switch
        {
            "debug" => LogLevel.Debug,
            "warn" or "warning" => LogLevel.Warn,
            "error" or "fatal" or "none" => LogLevel.Error,
            _ => LogLevel.Info,
        };
    }

    private static Option<string> Text(string name, string description, string fallback) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => fallback,
    };
}
