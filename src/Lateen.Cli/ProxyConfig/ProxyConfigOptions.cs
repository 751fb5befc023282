using System.CommandLine;

namespace Lateen.Cli.ProxyConfig;

/// <summary>What the commands of proxy-config have in common: a pod or a file, a format, errors in one line.</summary>
internal sealed class ProxyConfigOptions
{
    internal const string Short = "short";

    private readonly Command _command;
    private readonly Argument<string?> _pod = new("pod")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "The pod: [type/]name[.namespace].",
    };

    private readonly Option<string?> _file =
        new("--file", "-f") { Description = "A dump instead of a pod; - reads standard input." };
    private readonly Option<string?> _format = new("--output", "-o") { Description = "json, yaml or short." };

    internal ProxyConfigOptions(string name, string help, params string[] aliases)
    {
        _command = new Command(name, help) { _pod, _file, _format };
        foreach (var alias in aliases)
        {
            _command.Aliases.Add(alias);
        }
    }

    /// <summary>Port of the admin endpoint in pods.</summary>
    internal static Option<int> AdminPort { get; } = new("--proxy-admin-port")
    {
        Description = "Port of the proxy's admin endpoint.",
        DefaultValueFactory = _ => 15000,
        Recursive = true,
    };

    /// <summary>The format without <c>-o</c>.</summary>
    internal string DefaultFormat { get; set; } = Short;

    internal Option<string> Text(string name, string help) => Add(new Option<string>(name) { Description = help });

    internal Option<int> Number(string name, string help) => Add(new Option<int>(name) { Description = help });

    internal Option<bool> Switch(string name, string help, bool isOn = true) =>
        Add(new Option<bool>(name) { Description = help, DefaultValueFactory = _ => isOn });

    /// <summary>Completes the command: it reads a page of the admin endpoint, or the file, and writes what it
    /// finds.</summary>
    internal Command Action(string page, Action<ProxyConfigInput, TextWriter> run)
    {
        _command.SetAction(async (result, cancellation) =>
        {
            try
            {
                var format = result.GetValue(_format) ?? DefaultFormat;
                if (format is not ("json" or "yaml" or Short))
                {
                    throw new DumpException($"output format '{format}' is not supported; use json, yaml or short");
                }

                var json = await ReadAsync(result, page, cancellation);
                // All or nothing: a dump that lacks a part leaves no half a table.
                using var output = new StringWriter();
                run(new ProxyConfigInput(result, json, format), output);
                await result.InvocationConfiguration.Output.WriteAsync(output.ToString());
                return 0;
            }
            catch (DumpException e)
            {
                await result.InvocationConfiguration.Error.WriteLineAsync($"Error: {e.Message}");
                return 1;
            }
        });
        return _command;
    }

    private Option<T> Add<T>(Option<T> option)
    {
        _command.Add(option);
        return option;
    }

    private async Task<string> ReadAsync(ParseResult result, string page, CancellationToken cancellation)
    {
        var pod = result.GetValue(_pod);
        var file = result.GetValue(_file);
        if (pod is null == file is null)
        {
            throw new DumpException($"{_command.Name} needs a pod or --file, and not both");
        }

        if (pod is not null)
        {
            return await LocalMeshAdmin.Default.AskAsync(pod, "GET", page, result.GetValue(AdminPort));
        }

        try
        {
            return await File.ReadAllTextAsync(file == "-" ? "/dev/stdin" : file!, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DumpException(e.Message);
        }
    }
}
