namespace Lateen.Capture;

/// <summary>What <c>ip</c> sets up beside the rules: the route of TPROXY packets and the IPv6 passthrough
/// address.</summary>
internal sealed class PolicyRouting(ToolRunner runner, CaptureOptions options)
{
    private string[] Families => options.EnableIPv6 ? ["-4", "-6"] : ["-4"];

    private bool Routes => options.Tproxy && options.InboundPorts.Length > 0;

    /// <summary>Adds what is missing.</summary>
    public void Apply()
    {
        if (options.EnableIPv6)
        {
            // IPv4 owns all of 127.0.0.0/8; IPv6 has ::1 alone.
            Ip(["-6", "addr", "add", "::6/128", "dev", "lo"], "exists");
        }

        if (!Routes)
        {
            return;
        }

        foreach (var family in Families)
        {
            if (!HasRule(family))
            {
                Ip([family, "rule", "add", "fwmark", options.TproxyMark, "lookup", options.TproxyRouteTable], "exists");
            }

            Ip([family, "route", "add", "local", "default", "dev", "lo", "table", options.TproxyRouteTable], "exists");
        }
    }

    /// <summary>Removes what <see cref="Apply"/> adds.</summary>
    public void Remove()
    {
        if (options.EnableIPv6)
        {
            _ = runner.Run("ip", ["-6", "addr", "del", "::6/128", "dev", "lo"]);
        }

        foreach (var family in Routes ? Families : [])
        {
            while (HasRule(family))
            {
                Ip([family, "rule", "del", "fwmark", options.TproxyMark, "lookup", options.TproxyRouteTable],
                    "No such");
            }

            _ = runner.Run("ip",
                [family, "route", "del", "local", "default", "dev", "lo", "table", options.TproxyRouteTable]);
        }
    }

    private bool HasRule(string family) =>
        int.TryParse(options.TproxyMark, out var mark)
        && runner.Run("ip", [family, "rule", "show"]).Output.Split('\n')
            .Any(l => l.Contains($"fwmark 0x{mark:x} lookup {options.TproxyRouteTable}", StringComparison.Ordinal));

    private void Ip(string[] arguments, string harmless)
    {
        var result = runner.Run("ip", arguments);
        if (result.ExitCode == ToolRunner.NotFound)
        {
            throw new CaptureException("there is no ip command: install the package iproute2");
        }

        if (!result.Succeeded && !result.Error.Contains(harmless, StringComparison.Ordinal))
        {
            throw new CaptureException($"ip {string.Join(' ', arguments)} failed: {result.Error.Trim()}");
        }
    }
}
