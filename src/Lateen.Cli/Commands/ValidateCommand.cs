using System.CommandLine;
using Lateen.Core;
using Lateen.Galley;

namespace Lateen.Cli.Commands;

/// <summary><c>lateen validate</c>: judges files before they are applied.</summary>
internal static class ValidateCommand
{
    private static readonly string[] _extensions = [".yaml", ".yml", ".json"];

    internal static Command Build()
    {
        var files = new Option<string[]>("--filename", "-f")
        {
            Description = "Files and folders to judge, separated by commas; - is the standard input.",
            Required = true,
        };
        var command = new Command("validate", "Judges Istio and Kubernetes files before they are applied.") { files };
        command.Aliases.Add("v");
        command.SetAction(result =>
        {
            var invocation = result.InvocationConfiguration;
#pragma warning disable RS0030 // The command line is where the standard input belongs.
            return Run(result.GetValue(files)!, Console.In, invocation.Output, invocation.Error);
#pragma warning restore RS0030
        });
        return command;
    }

    private static int Run(string[] names, TextReader input, TextWriter output, TextWriter error)
    {
        var checker = new FileChecker();
        var isGood = true;
        var good = new List<string>();
        foreach (var name in names.SelectMany(n => n.Split(',', StringSplitOptions.RemoveEmptyEntries)).Distinct())
        {
            if (name == "-")
            {
                isGood &= Tell(checker.Check(input.ReadToEnd(), "-"), "-", good, output, error);
                continue;
            }

            try
            {
                foreach (var file in Expand(name))
                {
                    isGood &= Tell(checker.Check(File.ReadAllText(file), file), file, good, output, error);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                error.WriteLine($"Error: cannot read \"{name}\": {e.Message}");
                isGood = false;
            }
        }

        // Good files are named only when there is nothing worse to read.
        foreach (var file in isGood ? good : [])
        {
            output.WriteLine($"\"{file}\" is valid");
        }

        return isGood ? 0 : 1;
    }

    private static IEnumerable<string> Expand(string name) =>
        Directory.Exists(name)
            ? Directory.EnumerateFiles(name, "*", SearchOption.AllDirectories)
                .Where(f => _extensions.Contains(Path.GetExtension(f))).Order(StringComparer.Ordinal)
            : [name];

    private static bool Tell(
        FileReport report, string file, List<string> good, TextWriter output, TextWriter error)
    {
        if (report.IsGood)
        {
            good.Add(file);
        }
        else if (!report.Warnings.IsEmpty && file != "-")
        {
            output.WriteLine($"\"{file}\" has warnings");
        }

        Lines(report.Warnings, "warning", output);
        Lines(report.Errors, "error", error);
        foreach (var note in report.Notes)
        {
            output.WriteLine($"  note: {note}");
        }

        if (report.Unreadable is { } reason)
        {
            error.WriteLine($"Error: cannot read \"{file}\": {reason}");
        }

        return report.Errors.IsEmpty && report.Unreadable is null;
    }

    private static void Lines(IEnumerable<(string Subject, ConfigError Error)> lines, string word, TextWriter writer)
    {
        foreach (var (subject, error) in lines)
        {
            writer.WriteLine($"  * {word} {subject}: {error}");
        }
    }
}
