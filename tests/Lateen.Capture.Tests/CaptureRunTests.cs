using Lateen.Core.Logging;

namespace Lateen.Capture.Tests;

/// <summary>Real runs, each in a network namespace of its own.</summary>
public sealed class CaptureRunTests
{
    private static readonly CaptureOptions _all = new()
    {
        InboundPorts = "*",
        OutboundRanges = AddressRanges.TryParse("*", out var all, out _) ? all : AddressRanges.None,
    };

    [NamespaceFact]
    public void Apply_Twice_LeavesOneRuleSet()
    {
        using var pod = new TestNamespace();

        Run(pod, _all);
        var first = pod.Rules("nat");
        Run(pod, _all);

        Assert.Contains("-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001", first);
        Assert.Equal(first, pod.Rules("nat"));
    }

    [NamespaceFact]
    public void Apply_OtherOptionsWithReconcile_ReplacesAndLowersGuardrails()
    {
        using var pod = new TestNamespace();
        Run(pod, _all);

        Run(pod, _all with { InboundPorts = "8080", Reconcile = true });

        Assert.Contains("--dport 8080 -j ISTIO_IN_REDIRECT", pod.Rules("nat"));
        Assert.Equal(1, pod.Rules("nat").Split('\n').Count(l => l.StartsWith("-A PREROUTING")));
        Assert.DoesNotContain("DROP", pod.Rules("filter"));
    }

    [NamespaceFact]
    public void Apply_OtherOptionsWithoutReconcile_Fails()
    {
        using var pod = new TestNamespace();
        Run(pod, _all);

        var error = Assert.Throws<CaptureException>(() => Run(pod, _all with { InboundPorts = "8080" }));

        Assert.Contains("applying the rules failed", error.Message);
    }

    [NamespaceFact]
    public void Cleanup_AfterTproxyWithDns_LeavesNothing()
    {
        using var pod = new TestNamespace();
        var options = _all with
        {
            Tproxy = true,
            RedirectDns = true,
            DnsServersV4 = ["10.96.0.10"],
            DropInvalid = true,
            ExcludeInterfaces = ["eth1"],
        };
        Run(pod, options);
        Assert.Contains("fwmark 0x539", pod.Runner.Run("ip", ["rule"]).Output);

        Run(pod, options with { CleanupOnly = true });

        foreach (var table in (string[])["nat", "mangle", "raw"])
        {
            Assert.DoesNotContain("-A ", pod.Rules(table));
            Assert.DoesNotContain("ISTIO_", pod.Rules(table));
        }

        Assert.DoesNotContain("fwmark", pod.Runner.Run("ip", ["rule"]).Output);
    }

    [NamespaceFact]
    public void Apply_BadPort_SaysWhichToolRefused()
    {
        using var pod = new TestNamespace();

        var error = Assert.Throws<CaptureException>(() => Run(pod, _all with { ProxyPort = "abc" }));

        Assert.Contains("iptables", error.Message);
    }

    [Fact]
    public void DryRun_DualStack_PrintsBothTools()
    {
        var output = new StringWriter();

        new CaptureRun(_all with { DryRun = true, EnableIPv6 = true }, new ToolRunner(), output, Logger.None).Apply();

        Assert.StartsWith("iptables-restore --noflush\n* nat\n", output.ToString());
        Assert.Contains("\nip6tables-restore --noflush\n* nat\n", output.ToString());
    }

    private static void Run(TestNamespace pod, CaptureOptions options) =>
        new CaptureRun(options, pod.Runner, TextWriter.Null, Logger.None).Apply();
}
