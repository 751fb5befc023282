using System.Text;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Lateen.TestKit;

/// <summary>
/// Counts the cases of a suite and holds them to the list of known failures: a case that is not on the list must pass,
/// one that is on it must fail, and a name on it must exist. The list has one <c>id: reason</c> a line; lines that
/// begin with <c>#</c> and empty ones do not count. It lies in the test project under
/// <c>testdata/known-failures/</c> and is copied beside the tests.
/// </summary>
public sealed class ConformanceRun
{
    // A report of every case of a suite that has just been begun would bury the first ones.
    private const int MaxReported = 100;

    private readonly string _name;
    private readonly ITestOutputHelper _output;
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int[]> _groups = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];

    /// <summary>Begins a run.</summary>
    /// <param name="name">Names the run and its list: <c>testdata/known-failures/NAME.txt</c>.</param>
    /// <param name="output">Where the counts go.</param>
    public ConformanceRun(string name, ITestOutputHelper output)
    {
        _name = name;
        _output = output;
        var list = Path.Combine(AppContext.BaseDirectory, "testdata", "known-failures", $"{name}.txt");
        foreach (var line in File.Exists(list) ? File.ReadAllLines(list) : [])
        {
            if (line.Length > 0 && line[0] != '#')
            {
                var colon = line.IndexOf(": ", StringComparison.Ordinal);
                Assert(colon > 0, $"a line of {list} is not 'id: reason': {line}");
                _known.Add(line[..colon], line[(colon + 2)..]);
            }
        }
    }

    /// <summary>Cases that passed.</summary>
    public int Passed { get; private set; }

    /// <summary>Cases that failed, known ones included.</summary>
    public int Failed { get; private set; }

    /// <summary>Cases that the suite's README excuses.</summary>
    public int NotApplicable { get; private set; }

    /// <summary>Runs one case.</summary>
    /// <param name="id">Unique in the run, without <c>": "</c>.</param>
    /// <param name="group">Counted apart, e.g. the kind; may be empty.</param>
    /// <param name="test">Null when the case passes; otherwise what differs. An exception is a failure too.</param>
    public void Case(string id, string group, Func<string?> test)
    {
        Assert(_seen.Add(id), $"the case '{id}' occurs twice in {_name}");
        string? difference;
        try
        {
            difference = test();
        }
        catch (Exception e) when (e is not XunitException)
        {
            difference = $"{e.GetType().Name}: {e.Message} {e.StackTrace?.Split('\n')[0].Trim()}";
        }
        catch (XunitException e)
        {
            difference = e.Message;
        }

        Count(group, difference is null ? 0 : 1);
        if (difference is null)
        {
            Passed++;
            if (_known.ContainsKey(id))
            {
                _faults.Add($"passes but is listed as a known failure: {id}");
            }
        }
        else
        {
            Failed++;
            if (!_known.ContainsKey(id))
            {
                _faults.Add($"{id}: {difference}");
            }
        }
    }

    /// <summary>Counts a case that the suite's README excuses.</summary>
    public void Skip(string id, string group)
    {
        Assert(_seen.Add(id), $"the case '{id}' occurs twice in {_name}");
        NotApplicable++;
        Count(group, 2);
    }

    /// <summary>Prints the counts; fails on any unlisted failure and on any needless line of the list.</summary>
    public void Finish()
    {
        foreach (var id in _known.Keys.Where(id => !_seen.Contains(id)))
        {
            _faults.Add($"is listed as a known failure but is no case: {id}");
        }

        var text = new StringBuilder();
        text.AppendLine($"{_name}: {Passed} passed, {Failed} failed, {NotApplicable} not applicable");
        foreach (var (group, counts) in _groups.OrderBy(g => g.Key,
            StringComparer.Ordinal).Where(g => g.Key.Length > 0))
        {
            text.AppendLine($"  {group}: {counts[0]} passed, {counts[1]} failed, {counts[2]} not applicable");
        }

        _output.WriteLine(text.ToString());
        ConformanceReport.Add(_output, _name, Passed, Passed + Failed);
        Assert(_seen.Count > 0, $"{_name} has no cases");
        Assert(_faults.Count == 0, text + string.Join('\n', _faults.Take(MaxReported)));
    }

    private static void Assert(bool condition, string message)
    {
        if (!condition)
        {
            throw new XunitException(message);
        }
    }

    private void Count(string group, int column)
    {
        if (!_groups.TryGetValue(group, out var counts))
        {
            _groups.Add(group, counts = new int[3]);
        }

        counts[column]++;
    }
}
