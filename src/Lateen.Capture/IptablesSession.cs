namespace Lateen.Capture;

/// <summary>The rules of one family against what the kernel holds now.</summary>
internal sealed class IptablesSession(IptablesTool tool, IpFamily family, CaptureRules rules)
{
    private static readonly string[] _guardedChains = ["INPUT", "FORWARD", "OUTPUT"];
    private static readonly string[] _guardedProtocols = ["tcp", "udp"];

    public string ToolName => tool.Name;

    /// <summary>Rules of ours are there; whether they are the wanted ones.</summary>
    public (bool Residue, bool Differs) Compare()
    {
        var wanted = IptablesState.Parse(rules.RestoreText(family));
        var save = tool.Save();
        var present = IptablesState.Parse(save.Succeeded ? save.Output : "");
        if (!present.HasOurs)
        {
            return (false, true);
        }

        var sameChains = wanted.Chains.All(c => present.RuleCount(c.Table, c.Chain) >= 0
                && (!IptablesState.IsOurs(c.Chain)
                    || present.RuleCount(c.Table, c.Chain) == wanted.RuleCount(c.Table, c.Chain)))
            && present.Chains.Where(c => IptablesState.IsOurs(c.Chain))
                .All(c => wanted.RuleCount(c.Table, c.Chain) >= 0);
        return (true, !sameChains || !rules.Of(family).All(IsThere));
    }

    /// <summary>Removes our chains, the jumps to them, and our rules in the built-in chains.</summary>
    public void Remove()
    {
        foreach (var rule in rules.Of(family).Where(r => !IptablesState.IsOurs(r.Chain) && r.JumpTarget is null))
        {
            if (IsThere(rule))
            {
                _ = tool.Run(["-t", rule.Table, "-D", rule.Chain, .. rule.Text.Split(' ')]);
            }
        }

        var text = IptablesState.Parse(tool.Save().Output).RemovalText();
        if (text.Length > 0)
        {
            Demand(tool.Restore(text), "removing the rules of an earlier run");
        }
    }

    public void Apply() => Demand(tool.Restore(rules.RestoreText(family)), "applying the rules");

    /// <summary>While rules are replaced, nothing may pass uncaptured.</summary>
    public void RaiseGuardrails()
    {
        LowerGuardrails();
        foreach (var (chain, protocol) in Guards())
        {
            Demand(tool.Run("-t", "filter", "-I", chain, "1", "-p", protocol, "-j", "DROP"), "stopping traffic");
        }
    }

    public void LowerGuardrails()
    {
        foreach (var (chain, protocol) in Guards())
        {
            _ = tool.Run("-t", "filter", "-D", chain, "-p", protocol, "-j", "DROP");
        }
    }

    private static IEnumerable<(string Chain, string Protocol)> Guards() =>
        _guardedChains.SelectMany(c => _guardedProtocols.Select(p => (c, p)));

    private bool IsThere(CaptureRule rule) =>
        tool.Run(["-t", rule.Table, "-C", rule.Chain, .. rule.Text.Split(' ')]).Succeeded;

    private void Demand(ToolResult result, string doing)
    {
        if (!result.Succeeded)
        {
            throw new CaptureException($"{doing} failed: {tool.Name} says: {result.Error.Trim()}");
        }
    }
}
