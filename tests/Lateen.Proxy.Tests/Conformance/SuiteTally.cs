using Xunit.Abstractions;

namespace Lateen.Proxy.Tests.Conformance;

/// <summary>Counts the cases of a suite; cases on the list of known failures must fail, all others must pass.</summary>
internal sealed class SuiteTally(ITestOutputHelper output, params string[] known)
{
    private readonly List<string> _wrong = [];
    private int _passed;
    private int _failed;

    public int NotApplicable { get; set; }

    public void Count(string id, bool passed, string detail)
    {
        _passed += passed ? 1 : 0;
        _failed += passed ? 0 : 1;
        if (passed == known.Contains(id))
        {
            _wrong.Add(passed ? $"{id}: passes, take it off the list" : $"{id}: {detail}");
        }
    }

    public void AssertAll()
    {
        var summary = $"{_passed} passed, {_failed} known not to pass, {NotApplicable} not applicable";
        output.WriteLine(summary);
        Assert.True(_wrong.Count == 0, $"{summary}\n{string.Join("\n", _wrong)}");
    }
}
