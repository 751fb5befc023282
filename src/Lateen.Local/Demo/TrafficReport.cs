namespace Lateen.Local.Demo;

/// <summary>What came of a number of requests: how often each outcome was seen.</summary>
public sealed class TrafficReport
{
    private readonly SortedDictionary<string, int> _outcomes = new(StringComparer.Ordinal);

    /// <summary>Of outcomes that someone else collected; by default of none.</summary>
    public TrafficReport(params IEnumerable<string> outcomes)
    {
        foreach (var outcome in outcomes)
        {
            Count(outcome);
        }
    }

    /// <summary>Outcomes by name; the caller of the traffic names them.</summary>
    public IReadOnlyDictionary<string, int> Outcomes => _outcomes;

    /// <summary>All requests.</summary>
    public int Total => _outcomes.Values.Sum();

    /// <summary>How often an outcome was seen.</summary>
    public int this[string outcome] => _outcomes.GetValueOrDefault(outcome);

    /// <summary>Whether nothing but this outcome was seen, and it was.</summary>
    public bool IsOnly(string outcome) => _outcomes.Count == 1 && this[outcome] > 0;

    /// <summary><c>v1: 361, v3: 39</c>.</summary>
    public override string ToString() => string.Join(", ", _outcomes.Select(o => $"{o.Key}: {o.Value}"));

    internal void Count(string outcome) => _outcomes[outcome] = this[outcome] + 1;
}
