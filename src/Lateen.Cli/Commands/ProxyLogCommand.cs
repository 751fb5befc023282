using System.CommandLine;
using Lateen.Cli.ProxyConfig;

namespace Lateen.Cli.Commands;

/// <summary><c>lateen proxy-config log</c>: shows and sets the levels of a proxy's loggers.</summary>
internal static class ProxyLogCommand
{
    private const string AllLoggers = "level";
    private const string DefaultLevel = "warning";
    private static readonly string[] _levels = ["trace", "debug", "info", "warning", "error", "critical", "off"];

    internal static Command Build()
    {
        var pod = new Argument<string>("pod") { Description = "The pod: [type/]name[.namespace]." };
        var level = new Option<string?>("--level")
        {
            Description = $"Levels to set: LEVEL or LOGGER:LEVEL,... with {string.Join(", ", _levels)}.",
        };
        var reset = new Option<bool>("--reset", "-r") { Description = $"Sets all loggers to {DefaultLevel}." };
        var command = new Command("log", "Shows and sets the levels of loggers.") { pod, level, reset };
        command.Aliases.Add("o");
        command.SetAction(async (result, _) =>
        {
            try
            {
                var changes = ParseChanges(result.GetValue(level), result.GetValue(reset));
                var name = result.GetValue(pod)!;
                var port = result.GetValue(ProxyConfigOptions.AdminPort);
                var admin = LocalMeshAdmin.Default;
                var page = "";
                foreach (var change in changes)
                {
                    page = await admin.AskAsync(name, "POST", $"/logging{change}", port);
                }

                await result.InvocationConfiguration.Output.WriteAsync($"{name}:\n{page}");
                return 0;
            }
            catch (DumpException e)
            {
                await result.InvocationConfiguration.Error.WriteLineAsync($"Error: {e.Message}");
                return 1;
            }
        });
        return command;
    }

    /// <summary>The queries to send, in order: all loggers first, then single ones; an empty one only asks.</summary>
    internal static List<string> ParseChanges(string? levels, bool isReset)
    {
        if (isReset && levels is not null)
        {
            throw new DumpException("--level cannot be combined with --reset");
        }

        if (isReset)
        {
            return [$"?{AllLoggers}={DefaultLevel}"];
        }

        if (levels is null)
        {
            return [""];
        }

        var all = new List<string>();
        var single = new List<string>();
        foreach (var part in levels.Split(','))
        {
            var split = part.LastIndexOfAny([':', '=']);
            var logger = split < 0 ? AllLoggers : part[..split].Split("::")[^1];
            var level = part[(split + 1)..];
            if (!_levels.Contains(level))
            {
                throw new DumpException($"'{level}' is no level; use one of {string.Join(", ", _levels)}");
            }

            (logger == AllLoggers ? all : single).Add($"?{logger}={level}");
        }

        return [.. all.TakeLast(1), .. single];
    }
}
