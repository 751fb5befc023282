using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Lateen.TestKit;
using Xunit.Abstractions;

namespace Lateen.Conformance.Tests.Proxy;

/// <summary>
/// The recorded cases of a real Envoy through the comparison program that lies beside them, with the executable that
/// the environment variable LATEEN_BIN names. Each subject has a floor: fewer passing cases are a step back.
/// </summary>
public sealed partial class RecordedEnvoyTests(ITestOutputHelper output)
{
    /// <summary>Exit codes above it tell of a signal. A program in Python that uses TLS in several threads may end so;
    /// the proxy is a process of its own, whose end is a failed case.</summary>
    private const int SignalExitBase = 128;

    /// <summary>How long one subject may take; a deadline, not a measure.</summary>
    private static readonly TimeSpan _deadline = TimeSpan.FromMinutes(15);

    /// <summary>Subjects and the passing cases that were measured, less a few that depend on the machine's
    /// load.</summary>
    public static TheoryData<string, int> Subjects => new()
    {
        { "routing", 62 },
        { "rewrite-redirect", 43 },
        { "router", 130 },
        { "headers", 57 },
        { "conn-manager", 115 },
        { "listeners", 54 },
        { "clusters", 94 },
        { "http-filters", 228 },
        { "more-filters", 75 },
        { "xds", 40 },
        { "more-discovery", 43 },
        { "tcp", 49 },
        { "tls", 53 },
        { "http1-codec", 197 },
        { "http2-codec", 157 },
        { "observability", 181 },
        { "admin", 31 },
    };

    [RecordedEnvoyTheory]
    [MemberData(nameof(Subjects))]
    public async Task Subject_ComparedByProxycheck_StaysAboveTheFloor(string subject, int passedMin)
    {
        var (text, exitCode) = await Proxycheck(subject);
        if (exitCode > SignalExitBase)
        {
            output.WriteLine($"proxycheck itself ended by signal {exitCode - SignalExitBase}; it runs once more");
            (text, exitCode) = await Proxycheck(subject);
        }

        // Every difference, for whoever works on one of them.
        await File.WriteAllTextAsync(Path.Combine(AppContext.BaseDirectory, $"proxycheck-{subject}.txt"), text);
        var summary = SummaryPattern().Matches(text).LastOrDefault();
        Assert.True(summary is not null, $"proxycheck ended with {exitCode} and told no totals: {text}");
        int Number(string name) => int.Parse(summary.Groups[name].Value, CultureInfo.InvariantCulture);
        var (passed, failed) = (Number("passed"), Number("failed"));
        ConformanceReport.Add(output, $"recorded-envoy {subject}", passed, passed + failed);
        Assert.True(passed >= passedMin, text);
    }

    private static async Task<(string Output, int ExitCode)> Proxycheck(string subject)
    {
        var tool = Path.Combine(TestKit.Conformance.FindShared()!, "tools", "proxycheck", "proxycheck");
        var proxy = $"{RecordedEnvoyTheoryAttribute.Executable} proxy --concurrency 1 "
            + "--file-flush-interval-msec 20 -l warning";
        var cases = Path.Combine(TestKit.Conformance.Suite("recorded-envoy"), $"{subject}.yaml");
        var start = new ProcessStartInfo(tool) { RedirectStandardOutput = true };
        foreach (var argument in (string[])["check", "--start-timeout", "90", "--proxy", proxy, cases])
        {
            start.ArgumentList.Add(argument);
        }
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(_deadline);
        try
        {
            var text = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (text, process.ExitCode);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"proxycheck of {subject} did not end within {_deadline}");
        }
    }

    [GeneratedRegex(@"(?<passed>\d+) passed, (?<failed>\d+) failed, \d+ skipped")]
    private static partial Regex SummaryPattern();
}
