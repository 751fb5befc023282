namespace Lateen.Capture;

/// <summary>
/// Turns options into rules. The order within each chain is the contract (Istio's iptables rule set); a pure function.
/// </summary>
public sealed class CaptureRulesBuilder
{
    private const string OutboundMark = "1338";
    private static readonly IpFamily[] _families = [IpFamily.V4, IpFamily.V6];
    private readonly CaptureOptions _options;
    private readonly CaptureRules _rules = new();

    private CaptureRulesBuilder(CaptureOptions options) => _options = options;

    /// <summary>All rules for these options.</summary>
    public static CaptureRules Build(CaptureOptions options)
    {
        var builder = new CaptureRulesBuilder(options);
        builder.AddInterfaces();
        builder.AddInvalidDrop();
        builder.AddRedirects();
        builder.AddInbound();
        builder.AddOutbound();
        builder.AddTproxyMarks();
        return builder._rules;
    }

    private string Loopback(IpFamily family) => family == IpFamily.V4 ? _options.LoopbackCidrV4 : "::1/128";

    /// <summary>The source address of the proxy's inbound passthrough connections.</summary>
    private static string Passthrough(IpFamily family) => family == IpFamily.V4 ? "127.0.0.6/32" : "::6/128";

    private void AddInterfaces()
    {
        string[] tables = _options.Tproxy ? ["nat", "mangle"] : ["nat"];
        foreach (var table in tables)
        {
            foreach (var name in _options.ExcludeInterfaces)
            {
                _rules.Append(table, "PREROUTING", $"-i {name} -j RETURN");
                _rules.Append(table, "OUTPUT", $"-o {name} -j RETURN");
            }
        }

        foreach (var name in _options.VirtualInterfaces)
        {
            _rules.Insert("nat", "PREROUTING", 1, $"-i {name} -j RETURN");
        }
    }

    private void AddInvalidDrop()
    {
        if (_options.DropInvalid)
        {
            _rules.Append("mangle", "PREROUTING", "-m conntrack --ctstate INVALID -j ISTIO_DROP");
            _rules.Append("mangle", "ISTIO_DROP", "-j DROP");
        }
    }

    private void AddRedirects()
    {
        _rules.Append("nat", "ISTIO_INBOUND", $"-p tcp --dport {_options.InboundTunnelPort} -j RETURN");
        _rules.Append("nat", "ISTIO_REDIRECT", $"-p tcp -j REDIRECT --to-ports {_options.ProxyPort}");
        _rules.Append("nat", "ISTIO_IN_REDIRECT", $"-p tcp -j REDIRECT --to-ports {_options.InboundCapturePort}");
    }

    private void AddInbound()
    {
        if (_options.InboundPorts.Length == 0)
        {
            return;
        }

        var table = _options.Tproxy ? "mangle" : "nat";
        if (_options.Tproxy)
        {
            _rules.Append("mangle", "ISTIO_DIVERT", $"-j MARK --set-mark {_options.TproxyMark}");
            _rules.Append("mangle", "ISTIO_DIVERT", "-j ACCEPT");
            foreach (var family in _families)
            {
                _rules.Append(family, "mangle", "ISTIO_TPROXY", $"! -d {Loopback(family)} -p tcp -j TPROXY "
                    + $"--tproxy-mark {_options.TproxyMark}/0xffffffff --on-port {_options.InboundCapturePort}");
            }
        }

        _rules.Append(table, "PREROUTING", "-p tcp -j ISTIO_INBOUND");
        if (_options.InboundPorts == "*")
        {
            foreach (var port in _options.InboundPortsExclude)
            {
                _rules.Append(table, "ISTIO_INBOUND", $"-p tcp --dport {port} -j RETURN");
            }

            AddInboundPort(table, "");
            return;
        }

        foreach (var port in CaptureOptionsReader.Split(_options.InboundPorts))
        {
            AddInboundPort(table, $" --dport {port}");
        }
    }

    private void AddInboundPort(string table, string port)
    {
        if (_options.Tproxy)
        {
            // Packets of a connection that a socket already has go straight to it; others choose the proxy's listener.
            _rules.Append(table, "ISTIO_INBOUND",
                $"-p tcp{port} -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT");
            _rules.Append(table, "ISTIO_INBOUND", $"-p tcp{port} -j ISTIO_TPROXY");
        }
        else
        {
            _rules.Append(table, "ISTIO_INBOUND", $"-p tcp{port} -j ISTIO_IN_REDIRECT");
        }
    }

    private void AddOutbound()
    {
        _rules.Append("nat", "OUTPUT", "-j ISTIO_OUTPUT");
        foreach (var port in _options.OutboundPortsExclude)
        {
            _rules.Append("nat", "ISTIO_OUTPUT", $"-p tcp --dport {port} -j RETURN");
            _rules.Append("nat", "ISTIO_OUTPUT", $"-p udp --dport {port} -j RETURN");
        }

        foreach (var family in _families)
        {
            _rules.Append(family, "nat", "ISTIO_OUTPUT", $"-o lo -s {Passthrough(family)} -j RETURN");
        }

        foreach (var uid in _options.ProxyUids)
        {
            AddProxyOwner($"--uid-owner {uid}", skipsDns: _options.CapturesDns);
        }

        foreach (var gid in _options.ProxyGids)
        {
            AddProxyOwner($"--gid-owner {gid}", skipsDns: false);
        }

        AddOwnerGroups();
        if (_options.CapturesDns)
        {
            AddDns();
        }

        foreach (var family in _families)
        {
            _rules.Append(family, "nat", "ISTIO_OUTPUT", $"-d {Loopback(family)} -j RETURN");
            foreach (var range in _options.OutboundRangesExclude.Of(family))
            {
                _rules.Append(family, "nat", "ISTIO_OUTPUT", $"-d {range} -j RETURN");
            }
        }

        foreach (var port in _options.OutboundPorts)
        {
            _rules.Append("nat", "ISTIO_OUTPUT", $"-p tcp --dport {port} -j ISTIO_REDIRECT");
        }

        AddOutboundRanges();
    }

    /// <summary>The three rules for one user or group of the proxy.</summary>
    private void AddProxyOwner(string owner, bool skipsDns)
    {
        // The application calls its own service: proxy as client, back through the inbound path.
        var notTunnel = skipsDns
            ? $"-m multiport ! --dports 53,{_options.InboundTunnelPort}"
            : $"! --dport {_options.InboundTunnelPort}";
        foreach (var family in _families)
        {
            _rules.Append(family, "nat", "ISTIO_OUTPUT",
                $"-o lo ! -d {Loopback(family)} -p tcp {notTunnel} -m owner {owner} -j ISTIO_IN_REDIRECT");
        }

        // The application calls itself: left alone, unless loopback was asked for.
        if (!_options.OutboundRanges.HasLoopback)
        {
            var notDns = _options.CapturesDns ? " -p tcp ! --dport 53" : "";
            _rules.Append("nat", "ISTIO_OUTPUT", $"-o lo{notDns} -m owner ! {owner} -j RETURN");
        }

        // What the proxy sends is never captured again.
        _rules.Append("nat", "ISTIO_OUTPUT", $"-m owner {owner} -j RETURN");
    }

    private void AddOwnerGroups()
    {
        if (_options.OwnerGroups is { } groups)
        {
            var noneOf = string.Concat(groups.Select(g => $"-m owner ! --gid-owner {g} "));
            _rules.Append("nat", "ISTIO_OUTPUT", noneOf + "-j RETURN");
            return;
        }

        foreach (var group in _options.OwnerGroupsExclude)
        {
            _rules.Append("nat", "ISTIO_OUTPUT", $"-m owner --gid-owner {group} -j RETURN");
        }
    }

    private void AddOutboundRanges()
    {
        foreach (var family in _families)
        {
            if (_options.OutboundRanges.IsWildcard)
            {
                _rules.Append(family, "nat", "ISTIO_OUTPUT", "-j ISTIO_REDIRECT");
                foreach (var name in _options.VirtualInterfaces)
                {
                    _rules.Insert(family, "nat", "PREROUTING", 1, $"-i {name} -j ISTIO_REDIRECT");
                }
            }

            foreach (var range in _options.OutboundRanges.Of(family))
            {
                foreach (var name in _options.VirtualInterfaces)
                {
                    _rules.Insert(family, "nat", "PREROUTING", 1, $"-i {name} -d {range} -j ISTIO_REDIRECT");
                }

                _rules.Append(family, "nat", "ISTIO_OUTPUT", $"-d {range} -j ISTIO_REDIRECT");
            }
        }
    }

    /// <summary>
    /// Queries go to the agent. Its own queries and those of the application to it are kept in two conntrack zones,
    /// since both may use the same ports at once.
    /// </summary>
    private void AddDns()
    {
        _rules.Append("raw", "OUTPUT", "-j ISTIO_OUTPUT_DNS");
        foreach (var owner in _options.ProxyUids.Select(u => $"--uid-owner {u}")
            .Concat(_options.ProxyGids.Select(g => $"--gid-owner {g}")))
        {
            _rules.Append("raw", "ISTIO_OUTPUT_DNS", $"-p udp --dport 53 -m owner {owner} -j CT --zone 1");
            _rules.Append("raw", "ISTIO_OUTPUT_DNS", $"-p udp --sport 15053 -m owner {owner} -j CT --zone 2");
        }

        foreach (var family in _families)
        {
            var bits = family == IpFamily.V4 ? 32 : 128;
            List<(string From, string To)> servers = _options.CaptureAllDns
                ? [("", "")]
                : [.. _options.DnsServers(family).Select(s => ($" -s {s}/{bits}", $" -d {s}/{bits}"))];
            if (servers.Count == 0)
            {
                continue;
            }

            _rules.Append(family, "nat", "ISTIO_OUTPUT", "-j ISTIO_OUTPUT_DNS");
            foreach (var protocol in (string[])["tcp", "udp"])
            {
                foreach (var (_, to) in servers)
                {
                    _rules.Append(family, "nat", "ISTIO_OUTPUT_DNS",
                        $"-p {protocol} --dport 53{to} -j REDIRECT --to-ports 15053");
                }
            }

            _rules.Append(family, "raw", "PREROUTING", "-j ISTIO_INBOUND");
            foreach (var (from, to) in servers)
            {
                _rules.Append(family, "raw", "ISTIO_OUTPUT_DNS", $"-p udp --dport 53{to} -j CT --zone 2");
                _rules.Append(family, "raw", "ISTIO_INBOUND", $"-p udp --sport 53{from} -j CT --zone 1");
            }
        }
    }

    private void AddTproxyMarks()
    {
        if (!_options.Tproxy)
        {
            return;
        }

        var mark = _options.TproxyMark;
        _rules.Append("mangle", "PREROUTING", $"-p tcp -m mark --mark {mark} -j CONNMARK --save-mark");
        _rules.Append("mangle", "OUTPUT", $"-p tcp -o lo -m mark --mark {mark} -j RETURN");
        foreach (var owner in _options.ProxyUids.Select(u => $"--uid-owner {u}")
            .Concat(_options.ProxyGids.Select(g => $"--gid-owner {g}")))
        {
            foreach (var family in _families)
            {
                _rules.Append(family, "mangle", "OUTPUT",
                    $"! -d {Loopback(family)} -p tcp -o lo -m owner {owner} -j MARK --set-mark {OutboundMark}");
            }
        }

        _rules.Append("mangle", "OUTPUT", $"-p tcp -m connmark --mark {mark} -j CONNMARK --restore-mark");
        _rules.Insert("mangle", "ISTIO_INBOUND", 1, $"-p tcp -m mark --mark {mark} -j RETURN");
        foreach (var family in _families)
        {
            _rules.Insert(family, "mangle", "ISTIO_INBOUND", 2, $"-p tcp -s {Passthrough(family)} -i lo -j RETURN");
        }

        _rules.Insert("mangle", "ISTIO_INBOUND", 3, $"-p tcp -i lo -m mark ! --mark {OutboundMark} -j RETURN");
    }
}
