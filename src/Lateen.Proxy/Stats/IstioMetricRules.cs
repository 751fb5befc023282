using System.Text;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Cel;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Stats;

/// <summary>
/// What <c>metrics</c> of <c>stats.PluginConfig</c> change in the tags, in their order, for all metrics or one.
/// Immutable.
/// </summary>
internal sealed class IstioMetricRules
{
    private const string Unknown = "unknown";

    private readonly List<(string Metric, string Tag, int Expression)> _ordered = [];
    private readonly List<CelProgram> _programs = [];

    /// <summary>Rules that change nothing.</summary>
    public static IstioMetricRules None { get; } = new();

    /// <summary>Whether expressions are part of the tags.</summary>
    public bool HasExpressions => _programs.Count > 0;

    /// <summary>Whether any tag changes.</summary>
    public bool IsEmpty => _ordered.Count == 0;

    /// <summary>A tag goes. Before publication only.</summary>
    /// <param name="metric">Without <c>istio_</c>; empty: all.</param>
    /// <param name="tag">Its name.</param>
    public void Remove(string metric, string tag) => _ordered.Add((metric, tag, -1));

    /// <summary>A tag's value becomes an expression's; one that cannot be parsed takes a standard tag away. Before
    /// publication only.</summary>
    public void Set(string metric, string tag, string expression)
    {
        var index = -1;
        if (CelProgram.TryParse(expression, out var program, out _))
        {
            index = _programs.Count;
            _programs.Add(program!);
        }
        _ordered.Add((metric, tag, index));
    }

    /// <summary>Values of all expressions for a stream, and one text of them all for look-ups.</summary>
    public string[] Evaluate(StreamInfo info, out string key)
    {
        var values = new string[_programs.Count];
        var output = new ByteBuffer(64);
        for (var i = 0; i < values.Length; i++)
        {
            output.Clear();
            values[i] = _programs[i].TryWrite(output, info, AccessLogType.NotSet) ? output.ToString() : Unknown;
        }
        key = string.Join('\u0001', values);
        return values;
    }

    /// <summary>The tags of a metric: the standard ones changed, then new ones in order of their names.</summary>
    public KeyValuePair<string, string>[] Apply(
        string metric, IReadOnlyList<KeyValuePair<string, string>> standard, string[] values)
    {
        var tags = new List<KeyValuePair<string, string>>(standard);
        var added = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (_, tag, expression) in _ordered.Where(rule => rule.Metric.Length == 0 || rule.Metric == metric))
        {
            var at = tags.FindIndex(candidate => candidate.Key == tag);
            if (expression < 0)
            {
                added.Remove(tag);
                if (at >= 0)
                {
                    tags.RemoveAt(at);
                }
            }
            else if (at >= 0)
            {
                tags[at] = new(tag, values[expression]);
            }
            else
            {
                added[tag] = values[expression];
            }
        }
        tags.AddRange(added);
        return [.. tags];
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (metric, tag, expression) in _ordered)
        {
            text.Append(metric).Append('.').Append(tag).Append(expression < 0 ? " removed;" : " set;");
        }
        return text.ToString();
    }
}
