using System.CommandLine;
using System.Text.Json.Nodes;
using Lateen.TestKit;
using YamlDotNet.RepresentationModel;

namespace Lateen.Cli.Tests.ProxyConfig;

/// <summary>The recorded proxy-config commands of istioctl: the same tables byte by byte, the same JSON as
/// data.</summary>
public sealed class RecordedCliTests
{
    private const string Suite = "recorded-cli";

    [ConformanceFact(Suite)]
    public void ProxyConfig_RecordedCommands_PrintTheSame()
    {
        var failures = new List<string>();
        var count = 0;
        foreach (var spec in Conformance.Cases(Suite, "cases.yaml")
            .Where(spec => spec.Text("subject") == "proxy-config"))
        {
            // Standard input is the process's own, and formats in YAML are compared by clicheck.
            var arguments = spec.Texts("args");
            if (arguments.Contains("-") || arguments.Contains("yaml"))
            {
                continue;
            }

            count++;
            if (Run(spec, arguments) is { } difference)
            {
                failures.Add($"{spec.Text("id")}: {difference}");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {count}:\n{string.Join('\n', failures)}");
    }

    private static string? Run(YamlMappingNode spec, List<string> arguments)
    {
        var suite = Conformance.Suite(Suite);
        var expected = Path.Combine(suite, spec.Text("dir") ?? "");
        var file = arguments.IndexOf("-f") + 1;
        if (file > 0)
        {
            var path = spec.Text("dump") is { } dump ? Path.Combine(suite, dump)
                : Path.Combine(expected, arguments[file]);
            arguments[file] = path;
        }

        using var output = new StringWriter();
        using var error = new StringWriter();
        var parsed = Program.BuildRoot().Parse(arguments);
        var exit = parsed.Invoke(new InvocationConfiguration { Output = output, Error = error });
        exit = parsed.Errors.Count > 0 ? 64 : exit;
        if (exit.ToString(System.Globalization.CultureInfo.InvariantCulture) != spec.Find("expect")!.Text("exit"))
        {
            return $"exit code {exit}: {error}";
        }

        return spec.Find("expect")!.Texts("files").Select(name => name switch
        {
            "stdout.txt" =>
                output.ToString() == File.ReadAllText(Path.Combine(expected, name)) ? null : output.ToString(),
            _ => JsonNode.DeepEquals(
                JsonNode.Parse(output.ToString()), JsonNode.Parse(File.ReadAllText(Path.Combine(expected, name))))
                ? null : "other JSON",
        }).FirstOrDefault(difference => difference is not null);
    }
}
