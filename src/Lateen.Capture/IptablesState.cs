namespace Lateen.Capture;

/// <summary>
/// Tables as <c>iptables-save</c> prints them or <c>iptables-restore</c> reads them: per table and chain the rule
/// lines.
/// </summary>
internal sealed class IptablesState
{
    private readonly Dictionary<(string Table, string Chain), List<string>> _chains = [];

    /// <summary>Chains of ours, and chains that hold a rule.</summary>
    public IEnumerable<(string Table, string Chain)> Chains => _chains.Keys;

    /// <summary>Whether a chain of ours, or a jump to one, is there.</summary>
    public bool HasOurs => _chains.Any(c => IsOurs(c.Key.Chain) || c.Value.Exists(IsJumpToOurs));

    public static IptablesState Parse(string text)
    {
        var state = new IptablesState();
        var table = "";
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith('*'))
            {
                table = line[1..].Trim();
            }
            else if (line.StartsWith(':') || line.StartsWith("-N ", StringComparison.Ordinal))
            {
                var name = line.TrimStart(':').Split(' ')[line[0] == ':' ? 0 : 1];
                if (IsOurs(name))
                {
                    state.Rules(table, name);
                }
            }
            else if (line.StartsWith("-A ", StringComparison.Ordinal)
                || line.StartsWith("-I ", StringComparison.Ordinal))
            {
                state.Rules(table, line.Split(' ')[1]).Add(line);
            }
        }

        return state;
    }

    public int RuleCount(string table, string chain) => _chains.TryGetValue((table, chain), out var r) ? r.Count : -1;

    /// <summary>
    /// The restore text that removes our chains and every jump to them, or an empty text when there is nothing of ours.
    /// </summary>
    public string RemovalText()
    {
        var text = "";
        foreach (var table in _chains.GroupBy(c => c.Key.Table))
        {
            var chains = table.Select(c => c.Key.Chain).Where(IsOurs).ToList();
            var jumps = table.Where(c => !IsOurs(c.Key.Chain)).SelectMany(c => c.Value).Where(IsJumpToOurs);
            var lines = jumps.Select(j => "-D" + j[2..])
                .Concat(chains.Select(c => $"-F {c}"))
                .Concat(chains.Select(c => $"-X {c}"))
                .ToList();
            if (lines.Count > 0)
            {
                text += $"*{table.Key}\n{string.Join('\n', lines)}\nCOMMIT\n";
            }
        }

        return text;
    }

    internal static bool IsOurs(string chain) => chain.StartsWith(CaptureRule.ChainPrefix, StringComparison.Ordinal);

    private static bool IsJumpToOurs(string rule) =>
        rule.Contains("-j " + CaptureRule.ChainPrefix, StringComparison.Ordinal);

    private List<string> Rules(string table, string chain)
    {
        if (!_chains.TryGetValue((table, chain), out var rules))
        {
            _chains[(table, chain)] = rules = [];
        }

        return rules;
    }
}
