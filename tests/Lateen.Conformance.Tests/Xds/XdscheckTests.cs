using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Lateen.Pilot.Simulation;
using Lateen.TestKit;
using Xunit.Abstractions;

namespace Lateen.Conformance.Tests.Xds;

/// <summary>
/// The recorded scenarios through the comparison program that lies beside them. All scenarios are computed in this
/// process; the program then only picks the results up.
/// </summary>
public sealed partial class XdscheckTests(ITestOutputHelper output)
{
    private const string SuiteName = "recorded-xds";

    /// <summary>Equal resources and calls that were measured; fewer are a step back.</summary>
    private const int ResourcesMin = 1395;
    private const int CallsMin = 290;

    /// <summary>How long the comparison may take; a deadline, not a measure.</summary>
    private static readonly TimeSpan _deadline = TimeSpan.FromMinutes(5);

    [ConformanceFact(SuiteName)]
    public async Task Scenarios_ComparedByXdscheck_StayAboveTheFloor()
    {
        using var folder = new TemporaryFolder();
        foreach (var scenario in Directory.GetDirectories(TestKit.Conformance.Suite(SuiteName)))
        {
            Simulate(scenario, folder.Path);
        }

        var text = await Xdscheck(folder.Path);

        // Every difference, for whoever works on one of them.
        await File.WriteAllTextAsync(Path.Combine(AppContext.BaseDirectory, "xdscheck.txt"), text);
        var summary = SummaryPattern().Matches(text).LastOrDefault();
        Assert.True(summary is not null, text);
        int Number(string name) => int.Parse(summary.Groups[name].Value, CultureInfo.InvariantCulture);
        ConformanceReport.Add(
            output, "xdscheck resources", Number("equalResources"), Number("resources"));
        ConformanceReport.Add(output, "xdscheck calls", Number("equalCalls"), Number("calls"));
        Assert.True(Number("equalResources") >= ResourcesMin && Number("equalCalls") >= CallsMin, text);
    }

    private static void Simulate(string folder, string results)
    {
        var file = Path.Combine(folder, "scenario.yaml");
        if (!File.Exists(file))
        {
            return;
        }
        var scenario = new ScenarioReader().Read(File.ReadAllText(file), "scenario.yaml");
        Assert.True(scenario is not null, $"{file} cannot be read");
        var place = Path.Combine(results, Path.GetFileName(folder));
        Directory.CreateDirectory(place);
        ScenarioWriter.Write(scenario, place);
    }

    private static async Task<string> Xdscheck(string results)
    {
        var shared = TestKit.Conformance.FindShared()!;
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true };
        foreach (var argument in (string[])
            [
                Path.Combine(shared, "tools", "xdscheck"), "-v", "-j", "2", "--command",
                $$"""sh -c 'cp "{{results}}/$(basename "$(dirname "$0")")/"* "$1"' {scenario} {out}""",
                TestKit.Conformance.Suite(SuiteName),
            ])
        {
            start.ArgumentList.Add(argument);
        }
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(_deadline);
        try
        {
            return await process.StandardOutput.ReadToEndAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"xdscheck did not end within {_deadline}");
        }
    }

    [GeneratedRegex(
        @"resources (?<equalResources>\d+) of (?<resources>\d+) equal, "
        + @"calls (?<equalCalls>\d+) of (?<calls>\d+) equal")]
    private static partial Regex SummaryPattern();
}
