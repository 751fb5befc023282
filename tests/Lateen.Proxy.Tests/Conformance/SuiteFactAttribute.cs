namespace Lateen.Proxy.Tests.Conformance;

/// <summary>A test over a conformance suite; skipped with a clear word where the data is absent.</summary>
public sealed class SuiteFactAttribute : FactAttribute
{
    public SuiteFactAttribute(string suite)
    {
        if (TestKit.Conformance.FindSuite(suite) is null)
        {
            Skip = $"the conformance suite {suite} is absent";
        }
    }
}
