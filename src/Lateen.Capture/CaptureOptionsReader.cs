using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lateen.Core;

namespace Lateen.Capture;

/// <summary>
/// Resolves flags over environment over defaults. A flag that is given wins over its variable, also when it is empty.
/// </summary>
public sealed class CaptureOptionsReader
{
    private const int OwnerGroupCountMax = 64;
    private readonly Func<string, string?> _flag;
    private readonly Func<string, string?> _variable;
    private readonly List<ConfigError> _errors = [];

    /// <param name="flag">Value of a flag by its name, null when it was not given.</param>
    /// <param name="variable">Value of an environment variable, null when it is not set.</param>
    public CaptureOptionsReader(Func<string, string?> flag, Func<string, string?> variable)
    {
        _flag = flag;
        _variable = variable;
    }

    /// <summary>Everything that was wrong; options are usable only when this is empty.</summary>
    public IReadOnlyList<ConfigError> Errors => _errors;

    /// <summary>Whether nftables was asked for.</summary>
    public bool NativeNftables => Switch("native-nftables");

    /// <param name="network">The namespace in which the rules will stand.</param>
    /// <param name="userId">Id of a user by name, null when there is no such user.</param>
    public CaptureOptions Read(PodNetwork network, Func<string, string?> userId)
    {
        var uids = Text("proxy-uid");
        if (uids.Length == 0)
        {
            uids = userId(_variable("ENVOY_USER") ?? "istio-proxy") ?? "1337";
        }

        var gids = Text("proxy-gid");
        var groups = _variable("ISTIO_OUTBOUND_OWNER_GROUPS") ?? "*";
        var dualStack = Switch("dual-stack");
        var firstIsV6 = network.Addresses.Count > 0
            && network.Addresses[0].AddressFamily == AddressFamily.InterNetworkV6;
        var redirectDns = Switch("redirect-dns");
        var allDns = Switch("capture-all-dns");
        var options = new CaptureOptions
        {
            ProxyPort = Text("envoy-port"),
            InboundCapturePort = Text("inbound-capture-port"),
            InboundTunnelPort = Text("inbound-tunnel-port"),
            ProxyUids = Split(uids),
            ProxyGids = Split(gids.Length == 0 ? uids : gids),
            Tproxy = Text("istio-inbound-interception-mode") == "TPROXY",
            TproxyMark = Text("istio-inbound-tproxy-mark"),
            TproxyRouteTable = Text("istio-inbound-tproxy-route-table"),
            InboundPorts = Text("istio-inbound-ports"),
            InboundPortsExclude = Split(Text("istio-local-exclude-ports")),
            OutboundPorts = Split(Text("istio-outbound-ports")),
            OutboundPortsExclude = Split(Text("istio-local-outbound-ports-exclude")),
            OutboundRanges = Ranges("istio-service-cidr"),
            OutboundRangesExclude = Ranges("istio-service-exclude-cidr"),
            OwnerGroups = groups == "*" ? null : Split(groups),
            OwnerGroupsExclude = Split(_variable("ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE") ?? ""),
            ExcludeInterfaces = Split(Text("istio-exclude-interfaces")),
            VirtualInterfaces = Split(Text("kube-virt-interfaces")),
            RedirectDns = redirectDns,
            CaptureAllDns = allDns,
            DnsServersV4 = NameServers(network, redirectDns && !allDns, AddressFamily.InterNetwork),
            DnsServersV6 = NameServers(network, redirectDns && !allDns, AddressFamily.InterNetworkV6),
            DropInvalid = Switch("drop-invalid"),
            EnableIPv6 = firstIsV6
                || (dualStack && network.Addresses.Any(a => a.AddressFamily == AddressFamily.InterNetworkV6)),
            HostIsIPv6 = firstIsV6,
            LoopbackCidrV4 = _variable("ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR") ?? "127.0.0.1/32",
            DryRun = Switch("dry-run"),
            SkipRuleApply = Switch("skip-rule-apply"),
            RunValidation = Switch("run-validation"),
            ProbePort = Number("iptables-probe-port", 15002),
            ProbeTimeout = Duration("probe-timeout"),
            NetworkNamespace = Text("network-namespace") is { Length: > 0 } path ? path : null,
            Reconcile = Switch("reconcile"),
            CleanupOnly = Switch("cleanup-only"),
            ForceApply = Switch("force-apply"),
            IptablesBinary = Text("force-iptables-binary"),
        };
        Validate(options, network);
        return options;
    }

    /// <summary>Parts of a comma-separated list, without empty ones and blanks around.</summary>
    internal static string[] Split(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static List<string> NameServers(PodNetwork network, bool wanted, AddressFamily family) =>
        wanted ? [.. network.NameServers.Where(s => s.AddressFamily == family).Select(s => s.ToString())] : [];

    private void Validate(CaptureOptions options, PodNetwork network)
    {
        if (network.Addresses.Count == 0)
        {
            Fail("", "no address", "this network namespace has no address but loopback and link-local ones",
                "capture works in a pod's namespace, after its network is set up");
        }

        if (options.OutboundRangesExclude.IsWildcard)
        {
            Fail("istio-service-exclude-cidr", "wildcard", "* cannot be excluded",
                "to capture nothing outbound, leave --istio-service-cidr empty");
        }

        if (options.OwnerGroups is { Count: > OwnerGroupCountMax } groups)
        {
            Fail("ISTIO_OUTBOUND_OWNER_GROUPS", "too many",
                $"{groups.Count} groups; one rule holds at most {OwnerGroupCountMax}");
        }

        if (options.IptablesBinary is not ("" or "legacy" or "nft"))
        {
            Fail("force-iptables-binary", "unknown value", $"\"{options.IptablesBinary}\" is not legacy or nft");
        }

        var cidr = options.LoopbackCidrV4;
        if (!AddressRanges.TryParsePrefix(cidr, out var address) || address.AddressFamily != AddressFamily.InterNetwork
            || !IPAddress.IsLoopback(address)
            || int.Parse(cidr.AsSpan(cidr.IndexOf('/', StringComparison.Ordinal) + 1),
                CultureInfo.InvariantCulture) < 8)
        {
            Fail("ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR", "not loopback", $"\"{cidr}\" is not a range within 127.0.0.0/8");
        }
    }

    private string Text(string name) => Given(name) ?? Declared(name).Default ?? "";

    private string? Given(string name)
    {
        var flag = Declared(name);
        return _flag(name) ?? _variable(flag.Variable)
            ?? (flag.OtherVariable is null ? null : _variable(flag.OtherVariable));
    }

    private bool Switch(string name)
    {
        switch (Given(name))
        {
            case null or "" or "0" or "f" or "F" or "false" or "FALSE" or "False":
                return false;
            case "1" or "t" or "T" or "true" or "TRUE" or "True":
                return true;
            case var text:
                Fail(name, "not a boolean", $"\"{text}\" is not true or false");
                return false;
        }
    }

    private int Number(string name, int fallback)
    {
        var text = Text(name);
        if (ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        Fail(name, "not a port", $"\"{text}\" is not a port (1 to 65535)");
        return fallback;
    }

    private TimeSpan Duration(string name)
    {
        var text = Text(name);
        var (unit, digits) = text.EndsWith("ms", StringComparison.Ordinal) ? (0.001, text[..^2])
            : text.EndsWith('s') ? (1.0, text[..^1])
            : text.EndsWith('m') ? (60.0, text[..^1]) : (0.0, text);
        if (unit > 0
            && double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            && count is > 0 and < 3600)
        {
            return TimeSpan.FromSeconds(count * unit);
        }

        Fail(name, "not a duration", $"\"{text}\" is not a duration such as 5s or 500ms");
        return TimeSpan.FromSeconds(5);
    }

    private AddressRanges Ranges(string name)
    {
        if (!AddressRanges.TryParse(Text(name), out var ranges, out var error))
        {
            Fail(name, "not a range", error);
        }

        return ranges;
    }

    private void Fail(string path, string code, string message, string? hint = null) =>
        _errors.Add(new ConfigError(path, code, message, hint));

    private static CaptureFlag Declared(string name) => CaptureFlags.All.First(f => f.Name == name);
}
