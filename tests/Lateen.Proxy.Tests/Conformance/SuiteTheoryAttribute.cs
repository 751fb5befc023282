namespace Lateen.Proxy.Tests.Conformance;

/// <summary>Tests over the files of a conformance suite; skipped with a clear word where the data is
/// absent.</summary>
public sealed class SuiteTheoryAttribute : TheoryAttribute
{
    public SuiteTheoryAttribute(string suite)
    {
        if (TestKit.Conformance.FindSuite(suite) is null)
        {
            Skip = $"the conformance suite {suite} is absent";
        }
    }
}
