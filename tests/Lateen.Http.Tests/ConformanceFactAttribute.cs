namespace Lateen.Http.Tests;

/// <summary>A test over a suite of the shared conformance folder; skipped with a clear word where that is
/// absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ConformanceFactAttribute : FactAttribute
{
    public ConformanceFactAttribute(string suite)
    {
        if (SharedConformance.Find(suite) is null)
        {
            Skip = $"The conformance suite {suite} is not present; set LATEEN_SHARED to the shared folder.";
        }
    }
}
