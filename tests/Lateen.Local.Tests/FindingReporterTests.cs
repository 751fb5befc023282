using Lateen.Local.Hosting;

namespace Lateen.Local.Tests;

public sealed class FindingReporterTests
{
    private readonly List<string> _told = [];
    private readonly FindingReporter _reporter;

    public FindingReporterTests() =>
        _reporter = new FindingReporter((subject, text) => _told.Add($"{subject}: {text}"));

    [Fact]
    public void Finding_ThatStays_IsToldOnce()
    {
        _reporter.Report("configuration", ["a", "b"]);
        _reporter.Report("configuration", ["b", "c"]);

        Assert.Equal(["configuration: a", "configuration: b", "configuration: c"], _told);
    }

    [Fact]
    public void Finding_ThatCameBack_IsToldAgain()
    {
        _reporter.Report("configuration", ["a"]);
        _reporter.Report("configuration", []);
        _reporter.Report("configuration", ["a"]);

        Assert.Equal(["configuration: a", "configuration: a"], _told);
    }

    [Fact]
    public void Subjects_Each_HaveTheirOwnFindings()
    {
        _reporter.Report("configuration", ["a"]);
        _reporter.Report("state", ["a"]);

        Assert.Equal(["configuration: a", "state: a"], _told);
    }
}
