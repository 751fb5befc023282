using System.Globalization;
using System.Text;
using Xunit.Abstractions;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>
/// Structured fuzzing of everything that reads what others wrote. Each case follows from its seed alone; a failure
/// names the case and the command that replays it. The number of cases is bounded (<c>LATEEN_FUZZ_CASES</c>), never
/// the time, so that a run can be repeated.
/// </summary>
[Trait("Category", "fuzz")]
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int FailuresShownMax = 5;
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private static readonly IFuzzTarget[] _targets =
    [
        new Http1Target(true), new Http1Target(false), new HpackTarget(), new ProxyProtocolTarget(),
        new ClientHelloTarget(), new HttpInspectorTarget(), new YamlTarget(), new TextFormatTarget(),
        new BootstrapTarget(), new ResourceTarget(), new RegexTarget(), new PathTarget(), new TextTarget(),
    ];

    /// <summary>The names of all targets.</summary>
    public static TheoryData<string> Targets => [.. _targets.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Target_RandomInput_KeepsItsRules(string name)
    {
        var target = _targets.Single(candidate => candidate.Name == name);
        if (Number("LATEEN_FUZZ_CASE") is { } only)
        {
            if (Variable("LATEEN_FUZZ_TARGET") == name)
            {
                target.Run(new FuzzInput((ulong)only));
            }

            return;
        }

        var (seed, count) = ((ulong)(Number("LATEEN_SEED") ?? 1), Number("LATEEN_FUZZ_CASES") ?? target.CasesByDefault);
        var failures = new StringBuilder();
        var failed = 0;
        for (var i = 0UL; i < (ulong)count && failed < FailuresShownMax; i++)
        {
            var number = (seed + (i * Spread)) & long.MaxValue;
            if (Failure(target, number) is { } failure)
            {
                failed++;
                failures.AppendLine(CultureInfo.InvariantCulture,
                    $"{name}, case {number}: {failure}\nreplay: ./lateen test fuzz --target {name} --case {number}");
            }
        }

        output.WriteLine($"{name}: {count} cases from seed {seed}");
        Assert.True(failed == 0, failures.ToString());
    }

    private static string? Failure(IFuzzTarget target, ulong number)
    {
        try
        {
            target.Run(new FuzzInput(number));
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return e.ToString();
        }
    }

    private static long? Number(string name) =>
        long.TryParse(Variable(name), CultureInfo.InvariantCulture, out var number) ? number : null;

#pragma warning disable RS0030 // What is replayed comes from outside.
    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name);
#pragma warning restore RS0030
}
