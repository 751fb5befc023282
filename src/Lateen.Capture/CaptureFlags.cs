namespace Lateen.Capture;

/// <summary>All flags of <c>lateen capture</c>: the names, short forms and defaults of istio-iptables.</summary>
public static class CaptureFlags
{
    /// <summary>In the order in which help shows them.</summary>
    public static IReadOnlyList<CaptureFlag> All { get; } =
    [
        Text("envoy-port", "p", "15001", "Port of the proxy to which outbound TCP traffic is redirected."),
        Text("inbound-capture-port", "z", "15006", "Port of the proxy to which inbound TCP traffic is redirected."),
        Text("inbound-tunnel-port", "e", "15008", "Inbound HBONE port, which is left alone."),
        Text("proxy-uid", "u", null,
            "Users whose traffic is not redirected, comma separated (default: ENVOY_USER's, else 1337)."),
        Text("proxy-gid", "g", null,
            "Groups whose traffic is not redirected, comma separated (default: as --proxy-uid)."),
        Text("istio-inbound-interception-mode", "m", null,
            "How inbound connections reach the proxy: REDIRECT or TPROXY."),
        Text("istio-inbound-ports", "b", null, "Inbound ports to capture, comma separated; * is all, empty is none."),
        Text("istio-local-exclude-ports", "d", null, "Inbound ports left alone while all (*) are captured."),
        Text("istio-service-cidr", "i", null, "Outbound address ranges to capture, comma separated; * is all."),
        Text("istio-service-exclude-cidr", "x", null, "Outbound address ranges left alone."),
        Text("istio-outbound-ports", "q", null, "Outbound ports captured whatever the address."),
        Text("istio-local-outbound-ports-exclude", "o", null, "Outbound ports left alone."),
        Text("istio-exclude-interfaces", "c", null, "Interfaces of which nothing is captured."),
        Text("kube-virt-interfaces", "k", null, "Interfaces whose inbound traffic is treated as outbound."),
        Text("istio-inbound-tproxy-mark", "t", "1337", "Packet mark of TPROXY."),
        Text("istio-inbound-tproxy-route-table", "r", "133", "Routing table of TPROXY."),
        Text("iptables-probe-port", null, "15002", "Port to which validation connects."),
        Text("probe-timeout", null, "5s", "How long validation may take."),
        Text("network-namespace", null, null, "Network namespace (a path) in which the rules are applied."),
        Text("force-iptables-binary", null, null,
            "Which variant of iptables to use: legacy or nft (default: found out)."),
        Switch("dry-run", "n", "Print what would be fed to the tools and change nothing."),
        Switch("skip-rule-apply", null, "Apply no rules."),
        Switch("run-validation", null, "Check that redirection works; exit code 126 when it does not."),
        Switch("redirect-dns", null, "Redirect DNS queries to the agent.", "ISTIO_META_DNS_CAPTURE"),
        Switch("capture-all-dns", null, "With --redirect-dns: every port 53, not only resolv.conf's servers."),
        Switch("drop-invalid", null, "Drop packets that connection tracking calls invalid.", "INVALID_DROP"),
        Switch("dual-stack", null, "Capture IPv4 and IPv6.", "ISTIO_DUAL_STACK"),
        Switch("cni-mode", null, "Run on the node's file system for a pod's network namespace."),
        Switch("reconcile", null, "Replace rules of an earlier run that differ."),
        Switch("cleanup-only", null, "Remove all rules and apply none."),
        Switch("force-apply", null, "Apply even when the rules are there already."),
        Switch("native-nftables", null, "Use nftables instead of iptables."),
    ];

    private static CaptureFlag Text(string name, string? letter, string? value, string help) =>
        new(name, letter, CaptureFlagKind.Text, value, help);

    private static CaptureFlag Switch(string name, string? letter, string help, string? variable = null) =>
        new(name, letter, CaptureFlagKind.Switch, null, help, variable);
}
