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
    private int[]? _totals;

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

    /// <summary>Statistics that are listed, but never count: what stands behind them is not part of this
    /// proxy.</summary>
    public (string Name, StatKind Kind)[] Idle { get; private init; } = [];

    /// <summary>Statistics that are listed only once they have counted.</summary>
    public HashSet<string> Optional { get; private init; } = [];

    /// <summary>Histograms that are listed only once they have a value.</summary>
    public HashSet<string> OptionalHistograms { get; private init; } = [];

    /// <summary>Nothing of the scope is listed before a worker has counted something.</summary>
    public bool IsLazy { get; private init; }

    /// <summary>The same, but listed only once used.</summary>
    public StatLayout Lazy() => new(Names, Kinds, Histograms)
    {
        Idle = Idle,
        Optional = Optional,
        OptionalHistograms = OptionalHistograms,
        IsLazy = true,
    };

    /// <summary>The counter of all that a gauge counts the active ones of; below 0: there is none.</summary>
    public int TotalOf(int index)
    {
        _totals ??= [.. Names.Select(name => name.EndsWith("_active", StringComparison.Ordinal)
            ? Array.IndexOf(Names, $"{name[..^"_active".Length]}_total")
            : -1)];
        return _totals[index];
    }

    public bool IsOptional(int index) => Optional.Count > 0 && Optional.Contains(Names[index]);

    /// <summary>The same with further names; a name that ends with <c>|g</c> is a gauge, with <c>|h</c> a
    /// histogram.</summary>
    public StatLayout With(string idle, string optional = "", (string From, string To)[]? renamed = null) =>
        new([.. Names.Select(name => Rename(name, renamed))], Kinds, [.. Histograms.Select(h => Rename(h, renamed))])
        {
            Idle = [.. idle.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(ParseIdle)],
            Optional = [.. optional.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            OptionalHistograms = [.. optional.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
        };

    private static string Rename(string name, (string From, string To)[]? renamed) =>
        renamed is not null && Array.Find(renamed, pair => pair.From == name) is { From: not null } found
            ? found.To
            : name;

    private static (string, StatKind) ParseIdle(string name) => name switch
    {
        [.. var stem, '|', 'g'] => (stem, StatKind.Gauge),
        [.. var stem, '|', 'h'] => (stem, StatKind.Histogram),
        _ => (name, StatKind.Counter),
    };

    /// <summary>A layout whose statistics are known from configuration only.</summary>
    public static StatLayout Of(string[] names, StatKind[] kinds, string[] histograms) =>
        new(names, kinds, histograms);

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
        var names = NamesOf(typeof(TStat));
        var kinds = new StatKind[names.Length];
        foreach (var gauge in gauges)
        {
            kinds[Array.IndexOf(names, gauge.ToString())] = StatKind.Gauge;
        }

        return new StatLayout(
            Array.ConvertAll(names, Snake), kinds, Array.ConvertAll(NamesOf(typeof(THistogram)), Snake));
    }

    /// <summary>Without the generic form, which would be compiled for each enum while the proxy starts.</summary>
    private static string[] NamesOf(Type members) => Enum.GetNames(members);

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
