using System.CommandLine;
using Lateen.Pilot.Simulation;

namespace Lateen.Cli.Commands;

/// <summary><c>lateen simulate</c>: computes offline what proxies get and what described calls meet.</summary>
internal static class SimulateCommand
{
    internal static Command Build()
    {
        var scenario = new Argument<FileInfo>("scenario") { Description = "YAML file: mesh, objects, proxies, calls." };
        var folder = new Option<DirectoryInfo>("--out")
        {
            Description = "Folder for the results; made if it is not there.",
            Required = true,
        };
        var command = new Command("simulate",
            "Computes what each proxy of a scenario gets, and what each described call meets.") { scenario, folder };
        command.SetAction(result => Run(
            result.GetRequiredValue(scenario), result.GetRequiredValue(folder), result.InvocationConfiguration));
        return command;
    }

    private static int Run(FileInfo file, DirectoryInfo folder, InvocationConfiguration console)
    {
        if (!file.Exists)
        {
            console.Error.WriteLine($"simulate: there is no file {file.FullName}");
            return 1;
        }
        var reader = new ScenarioReader();
        var scenario = reader.Read(File.ReadAllText(file.FullName), file.Name);
        foreach (var error in reader.Errors)
        {
            console.Error.WriteLine(error.ToString());
        }
        if (scenario is null)
        {
            console.Error.WriteLine($"simulate: {file.FullName} is no scenario");
            return 1;
        }
        folder.Create();
        ScenarioWriter.Write(scenario, folder.FullName);
        return 0;
    }
}
