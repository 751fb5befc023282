namespace Lateen.Conformance.Tests.Iptables;

/// <summary>Restore texts made comparable: per table and chain the rules in the order in which they will
/// stand.</summary>
internal static class RuleText
{
    public static SortedDictionary<string, List<string>> Parse(IEnumerable<string> lines)
    {
        SortedDictionary<string, List<string>> chains = new(StringComparer.Ordinal);
        var table = "";
        foreach (var line in lines)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (line.StartsWith('*'))
            {
                table = line[1..].Trim();
            }
            else if (words is ["-N", var created])
            {
                chains.TryAdd($"{table} {created}", []);
            }
            else if (words is ["-A" or "-I", var chain, ..])
            {
                if (!chains.TryGetValue($"{table} {chain}", out var rules))
                {
                    chains[$"{table} {chain}"] = rules = [];
                }

                var at = words[0] == "-I" ? int.Parse(words[2]) - 1 : rules.Count;
                rules.Insert(at, string.Join(' ', words[(words[0] == "-I" ? 3 : 2)..])
                    .Replace("--to-port ", "--to-ports "));
            }
        }

        return chains;
    }
}
