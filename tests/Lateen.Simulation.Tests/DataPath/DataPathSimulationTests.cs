using System.Globalization;
using System.Text;
using Xunit.Abstractions;

namespace Lateen.Simulation.Tests.DataPath;

/// <summary>
/// The whole proxy on a simulated network and clock: real configuration, workers, codecs, pools and filters; clients,
/// upstreams, sockets and time follow from one seed. Goals: every request has exactly one answer, which belongs to it,
/// whole, from its cluster or from the proxy; once it is quiet nothing is left; a seed always tells the same story.
/// </summary>
public sealed class DataPathSimulationTests(ITestOutputHelper output)
{
    private const int SeedCount = 200;
    private const int FailuresShownMax = 5;

    [Fact]
    public void Proxy_RandomPeersNetworkAndChanges_AnswersAndForgets()
    {
        var first = Number("LATEEN_SEED");
        var count = first is null ? Number("LATEEN_SEEDS") ?? SeedCount : 1;
        var failures = new StringBuilder();
        var (failed, requests, answers, errors) = (0, 0, 0, 0);
        for (var seed = first ?? 1; seed < (first ?? 1) + count && failed < FailuresShownMax; seed++)
        {
            var outcome = Run(seed);
            if (outcome.Failures.Count > 0)
            {
                failed++;
                var shown = string.Join('\n', outcome.Failures.Take(FailuresShownMax));
                failures.AppendLine(CultureInfo.InvariantCulture, $"seed {seed}: {shown}\nreplay: {Replay(seed)}");
            }

            requests += outcome.Exchanges.Count;
            answers += outcome.Exchanges.Count(each => each.IsFromUpstream);
            errors += outcome.Exchanges.Count(each => each.IsHeadSeen && !each.IsFromUpstream);
        }

        output.WriteLine($"{count} seeds: {requests} requests, {answers} answers of upstreams, {errors} of the proxy");
        Assert.True(failed == 0, failures.ToString());
        Assert.True(answers > requests / 4, $"Only {answers} of {requests} requests were answered by upstreams.");
    }

    [Fact]
    public void Proxy_SameSeed_SameTrace()
    {
        for (var seed = 1; seed <= 4; seed++)
        {
            Assert.Equal(Run(seed).Hash, Run(seed).Hash);
        }
    }

    private static string Replay(int seed) => $"./lateen test simulation --seed {seed}";

    private static (IReadOnlyList<string> Failures, IReadOnlyList<Exchange> Exchanges, ulong Hash) Run(int seed)
    {
        using var world = new World(seed);
        if (Variable("LATEEN_TRACE") is { } file)
        {
            File.WriteAllText(file, "");
            world.Network.Trace = line => File.AppendAllText(file, line + "\n");
        }

        try
        {
            world.Run();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            world.Check(e.ToString());
        }

        return (world.Failures, world.Exchanges, world.Network.TraceHash);
    }

    private static int? Number(string name) =>
        int.TryParse(Variable(name), CultureInfo.InvariantCulture, out var number) ? number : null;

#pragma warning disable RS0030 // How much is run, and what is replayed, comes from outside.
    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name);
#pragma warning restore RS0030
}
