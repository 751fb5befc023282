namespace Lateen.Conformance.Tests.Proxy;

/// <summary>A test over the recorded cases; skipped with a clear word where something is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RecordedEnvoyTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips without the data, the executable or Python.</summary>
    public RecordedEnvoyTheoryAttribute()
    {
        if (TestKit.Conformance.FindSuite("recorded-envoy") is null)
        {
            Skip = "the conformance suite recorded-envoy is absent: set LATEEN_SHARED to the folder above conformance/";
        }
        else if (!File.Exists(Executable))
        {
            Skip = "LATEEN_BIN does not name the lateen executable";
        }
        else if (!File.Exists("/usr/bin/python3"))
        {
            Skip = "python3 is absent";
        }
    }

    /// <summary>The executable under test; empty when it is not named.</summary>
    internal static string Executable { get; } = Environment.GetEnvironmentVariable("LATEEN_BIN") ?? "";
}
