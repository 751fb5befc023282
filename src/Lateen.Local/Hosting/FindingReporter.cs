namespace Lateen.Local.Hosting;

/// <summary>Tells each finding once, and again only when it came back after it had gone.</summary>
internal sealed class FindingReporter(Action<string, string> warn)
{
    private readonly Dictionary<string, HashSet<string>> _told = [];

    /// <param name="subject">What the findings are about.</param>
    /// <param name="findings">All that hold now.</param>
    public void Report(string subject, IEnumerable<string> findings)
    {
        var now = findings.ToHashSet(StringComparer.Ordinal);
        _told.TryGetValue(subject, out var before);
        foreach (var finding in now)
        {
            if (before?.Contains(finding) != true)
            {
                warn(subject, finding);
            }
        }

        _told[subject] = now;
    }
}
