using System.Text;

namespace Lateen.Proxy.Stats;

/// <summary>
/// The fixed statistics of one kind of scope: names and kinds, shared by all scopes of that kind, so that a scope costs
/// no names
/// and its cells exist only once used. Statistics are told by the members of an enum; histograms have an enum of their
/// own.
/// </summary>
internal sealed class StatLayout
{
    private StatLayout(string[] names, StatKind[] kinds, string[] histograms)
    {
        Names = names;
        Kinds = kinds;
        Histograms = histograms;
    }

    /// <summary>A scope without fixed statistics.</summary>
    public static StatLayout Empty { get; } = new([], [], []);

    /// <summary>Names of counters and gauges, by index.</summary>
    public string[] Names { get; }

    public StatKind[] Kinds { get; }

    /// <summary>Names of histograms, by index.</summary>
    public string[] Histograms { get; }

    /// <summary>
    /// Builds the layout of an enum. <c>UpstreamRqTotal</c> is called <c>upstream_rq_total</c>; an underscore in a
    /// member stays.
    /// </summary>
    public static StatLayout Build<TStat>(TStat[] gauges)
        where TStat : struct, Enum
    {
        return Build<TStat, NoHistogram>(gauges);
    }

    /// <summary>Builds the layout of two enums.</summary>
    public static StatLayout Build<TStat, THistogram>(TStat[] gauges)
        where TStat : struct, Enum
        where THistogram : struct, Enum
    {
        var members = Enum.GetValues<TStat>();
        var names = members.Select(member => Snake(member.ToString())).ToArray();
        var kinds = members.Select(m => gauges.Contains(m) ? StatKind.Gauge : StatKind.Counter).ToArray();
        return new StatLayout(names, kinds, [.. Enum.GetNames<THistogram>().Select(Snake)]);
    }

    private static string Snake(string member)
    {
        var text = new StringBuilder();
        foreach (var c in member)
        {
            if (char.IsUpper(c) && text.Length > 0 && text[^1] != '_' && text[^1] != '.')
            {
                text.Append('_');
            }
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }

    private enum NoHistogram
    {
    }
}
