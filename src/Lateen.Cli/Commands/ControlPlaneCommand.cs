using System.CommandLine;
using System.Net;
using Lateen.ControlPlane;
using Lateen.Core.Logging;
using Lateen.Pilot.Serving;

namespace Lateen.Cli.Commands;

/// <summary><c>lateen control-plane</c>: Pilot, Citadel and Galley in one process, like istiod.</summary>
internal static class ControlPlaneCommand
{
    private static readonly Option<string> _config = new("--config")
    {
        Description = "Folder of YAML with the mesh's configuration; watched.",
        Required = true,
    };

    private static readonly Option<string> _state = new("--state")
    {
        Description = "Folder that keeps the root certificate and the key of join tokens.",
        DefaultValueFactory = _ => "./state",
    };

    private static readonly Option<string> _grpc =
        Address("--grpc-addr", ":15010", "xDS and certificates in plaintext");
    private static readonly Option<string> _secure =
        Address("--secure-grpc-addr", ":15012", "xDS and certificates over TLS");
    private static readonly Option<string> _http = Address("--http-addr", ":8080", "Readiness and debug pages");
    private static readonly Option<string> _monitoring = Address("--monitoring-addr", ":15014", "Metrics and version");

    private static readonly Option<string[]> _names = new("--server-name")
    {
        Description = "A further name or address for the serving certificate; may be repeated.",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string> _logLevel = new("--log-level")
    {
        Description = "debug, info, warn or error.",
        DefaultValueFactory = _ => "info",
    };

    internal static Command Build()
    {
        var command = new Command("control-plane", "Runs the control plane of a mesh (istiod's parts in one process).")
        {
            _config, _state, _grpc, _secure, _http, _monitoring, _names, _logLevel,
        };
        command.SetAction((result, cancellation) => RunAsync(result, cancellation));
        return command;
    }

    /// <summary>Reads <c>host:port</c> or <c>:port</c>; empty text means no listener.</summary>
    internal static IPEndPoint? ParseAddress(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "" : text[..colon].Trim('[', ']');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), out var port))
        {
            throw new StartException($"'{text}' is no address; write host:port, or :port for all addresses.");
        }
        if (host.Length == 0)
        {
            return new IPEndPoint(IPAddress.Any, port);
        }
        return host == "localhost" ? new IPEndPoint(IPAddress.Loopback, port)
            : IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port)
            : throw new StartException($"'{host}' in '{text}' is no IP address.");
    }

    private static Option<string> Address(string name, string fallback, string what) => new(name)
    {
        Description = $"{what}; empty for no listener.",
        DefaultValueFactory = _ => fallback,
    };

    private static async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        var error = result.InvocationConfiguration.Error;
        if (!Enum.TryParse<LogLevel>(result.GetValue(_logLevel), ignoreCase: true, out var level))
        {
            await error.WriteLineAsync("--log-level must be debug, info, warn or error").ConfigureAwait(false);
            return 1;
        }
        var sink = new LogSink(error, TimeProvider.System, level);
        try
        {
            await using var host = new ControlPlaneHost(OptionsOf(result), sink);
            await host.StartAsync(cancellation).ConfigureAwait(false);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation)
                .ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
            return 0;
        }
        catch (StartException e)
        {
            await error.WriteLineAsync($"control-plane: {e.Message}").ConfigureAwait(false);
            return 1;
        }
    }

    private static ControlPlaneOptions OptionsOf(ParseResult result)
    {
        // The one place of this command that reads the environment.
#pragma warning disable RS0030
        var environment = Environment.GetEnvironmentVariables();
#pragma warning restore RS0030
        var features = environment.Keys.Cast<string>().Where(k => environment[k] is string)
            .ToDictionary(k => k, k => (string)environment[k]!);
        return new ControlPlaneOptions
        {
            ConfigFolder = result.GetValue(_config)!,
            StateFolder = result.GetValue(_state)!,
            PluggedInFolder = features.GetValueOrDefault("ROOT_CA_DIR", "./etc/cacerts"),
            GrpcAddress = ParseAddress(result.GetValue(_grpc)!),
            SecureGrpcAddress = ParseAddress(result.GetValue(_secure)!),
            HttpAddress = ParseAddress(result.GetValue(_http)!),
            MonitoringAddress = ParseAddress(result.GetValue(_monitoring)!),
            ServerNames = result.GetValue(_names)!,
            Namespace = features.GetValueOrDefault("POD_NAMESPACE", "istio-system"),
            ClusterId = features.GetValueOrDefault("CLUSTER_ID", "Kubernetes"),
            Debounce = DebounceOf(features),
            Features = features,
            Version = VersionCommand.Version,
        };
    }

    /// <summary>istiod's switches, in Go's form of durations.</summary>
    private static DebounceOptions DebounceOf(Dictionary<string, string> features)
    {
        var options = new DebounceOptions();
        TimeSpan Read(string name, TimeSpan fallback)
        {
            if (!features.TryGetValue(name, out var text))
            {
                return fallback;
            }
            var (digits, unit) = text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], 1.0)
                : text.EndsWith('s') ? (text[..^1], 1000.0) : ("", 0.0);
            return double.TryParse(digits, System.Globalization.CultureInfo.InvariantCulture, out var number)
                ? TimeSpan.FromMilliseconds(number * unit)
                : throw new StartException($"{name}={text} is no duration; write for example 100ms or 1s.");
        }
        return options with
        {
            Quiet = Read("PILOT_DEBOUNCE_AFTER", options.Quiet),
            Max = Read("PILOT_DEBOUNCE_MAX", options.Max),
        };
    }
}
