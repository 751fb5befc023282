using System.Text;

namespace Lateen.Capture;

/// <summary>The rules of both families in the order in which they are applied.</summary>
public sealed class CaptureRules
{
    private readonly List<CaptureRule> _v4 = [];
    private readonly List<CaptureRule> _v6 = [];

    /// <summary>Rules of one family.</summary>
    public IReadOnlyList<CaptureRule> Of(IpFamily family) => family == IpFamily.V4 ? _v4 : _v6;

    /// <summary>Input of <c>iptables-restore --noflush</c>: per table the chains, the rules and COMMIT.</summary>
    public string RestoreText(IpFamily family)
    {
        var text = new StringBuilder();
        foreach (var table in Of(family).GroupBy(r => r.Table).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            text.Append("* ").Append(table.Key).Append('\n');
            foreach (var chain in Chains(table))
            {
                text.Append("-N ").Append(chain).Append('\n');
            }

            foreach (var rule in table)
            {
                text.Append(rule.AddLine).Append('\n');
            }

            text.Append("COMMIT\n");
        }

        return text.ToString();
    }

    /// <summary>Chains of ours in one table: those with rules, then those only jumped to.</summary>
    internal static IEnumerable<string> Chains(IEnumerable<CaptureRule> table)
    {
        var rules = table.ToList();
        return rules.Select(r => r.Chain).Concat(rules.Select(r => r.JumpTarget ?? ""))
            .Where(c => c.StartsWith(CaptureRule.ChainPrefix, StringComparison.Ordinal))
            .Distinct();
    }

    internal void Append(string table, string chain, string rule)
    {
        Append(IpFamily.V4, table, chain, rule);
        Append(IpFamily.V6, table, chain, rule);
    }

    internal void Append(IpFamily family, string table, string chain, string rule) =>
        Rules(family).Add(new CaptureRule(table, chain, 0, rule));

    internal void Insert(string table, string chain, int position, string rule)
    {
        Insert(IpFamily.V4, table, chain, position, rule);
        Insert(IpFamily.V6, table, chain, position, rule);
    }

    internal void Insert(IpFamily family, string table, string chain, int position, string rule) =>
        Rules(family).Add(new CaptureRule(table, chain, position, rule));

    private List<CaptureRule> Rules(IpFamily family) => family == IpFamily.V4 ? _v4 : _v6;
}
