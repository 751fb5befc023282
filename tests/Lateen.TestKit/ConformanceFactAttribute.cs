namespace Lateen.TestKit;

/// <summary>
/// A test that runs over the cases of a conformance suite; skipped with a clear word where the data is absent.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ConformanceFactAttribute : Xunit.FactAttribute
{
    /// <summary>Skips when the suite is not there.</summary>
    public ConformanceFactAttribute(string suite)
    {
        Suite = suite;
        if (Conformance.FindSuite(suite) is null)
        {
            Skip = $"the conformance suite {suite} is absent: set LATEEN_SHARED to the folder that holds conformance/";
        }
    }

    /// <summary>Name of the suite.</summary>
    public string Suite { get; }
}
