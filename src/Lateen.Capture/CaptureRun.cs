using Lateen.Core.Logging;

namespace Lateen.Capture;

/// <summary>
/// One run of <c>lateen capture</c>: compares, cleans up, applies. A second run with the same options changes nothing.
/// </summary>
public sealed class CaptureRun(CaptureOptions options, ToolRunner runner, TextWriter output, Logger log)
{
    /// <summary>Does what the options ask for.</summary>
    /// <exception cref="CaptureException">A tool is missing or refuses.</exception>
    public void Apply()
    {
        var rules = CaptureRulesBuilder.Build(options);
        if (options is { RedirectDns: true, CapturesDns: false })
        {
            log.Warn("DNS capture is asked for, but resolv.conf names no server: DNS is not captured");
        }

        IpFamily[] families = options.EnableIPv6 ? [IpFamily.V4, IpFamily.V6] : [IpFamily.V4];
        if (options.DryRun)
        {
            foreach (var family in options.CleanupOnly ? [] : families)
            {
                output.WriteLine($"{(family == IpFamily.V4 ? "iptables" : "ip6tables")}-restore --noflush");
                output.Write(rules.RestoreText(family));
            }

            return;
        }

        if (!options.SkipRuleApply)
        {
            var sessions = families.Select(f => new IptablesSession(
                IptablesTool.Find(runner, f, options.IptablesBinary), f, rules)).ToList();
            ApplyRules(sessions);
        }
    }

    private void ApplyRules(List<IptablesSession> sessions)
    {
        var routing = new PolicyRouting(runner, options);
        if (options.CleanupOnly)
        {
            sessions.ForEach(s => s.Remove());
            routing.Remove();
            log.Info("removed all capture rules");
            return;
        }

        var states = sessions.ConvertAll(s => s.Compare());
        var residue = states.Exists(s => s.Residue);
        var differs = states.Exists(s => s.Differs);
        if (residue && !differs && !options.ForceApply)
        {
            log.Info("the rules are in place already");
            routing.Apply();
            return;
        }

        var replaces = residue && differs && options.Reconcile;
        if (residue && differs && !options.Reconcile)
        {
            log.Warn("other capture rules are there already; --reconcile replaces them");
        }

        try
        {
            if (replaces)
            {
                sessions.ForEach(s => s.RaiseGuardrails());
                sessions.ForEach(s => s.Remove());
            }

            sessions.ForEach(s => s.Apply());
        }
        finally
        {
            if (replaces)
            {
                sessions.ForEach(s => s.LowerGuardrails());
            }
        }

        routing.Apply();
        log.Info($"applied the capture rules with {string.Join(" and ", sessions.Select(s => s.ToolName))}");
    }
}
