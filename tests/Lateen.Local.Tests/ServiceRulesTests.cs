using Lateen.Local.Cluster;
using Lateen.Local.Network;

namespace Lateen.Local.Tests;

public sealed class ServiceRulesTests
{
    [Fact]
    public void Build_ThreeEndpoints_ShareEvenly()
    {
        EndpointView[] endpoints = [Endpoint(1), Endpoint(2), Endpoint(3), Endpoint(4) with { Ready = false }];
        var service = new ServiceView("a", "web", "", "10.96.0.20", [new("http", 80, "TCP", null, endpoints)]);

        var rules = ServiceRules.Build([service], []).Split('\n').Where(l => l.StartsWith("-A LATEEN-SERVICES"))
            .ToList();

        Assert.Equal(3, rules.Count);
        Assert.Contains("--probability 0.3333333333 -j DNAT --to-destination 10.244.0.1:8080", rules[0]);
        Assert.Contains("--probability 0.5000000000", rules[1]);
        Assert.DoesNotContain("statistic", rules[2]);
    }

    [Fact]
    public void Build_Headless_HasNoRules()
    {
        var service = new ServiceView("a", "web", "", null, [new("http", 80, "TCP", null, [Endpoint(1)])]);

        Assert.DoesNotContain("-A LATEEN-SERVICES", ServiceRules.Build([service], []));
    }

    private static EndpointView Endpoint(int n) => new($"10.244.0.{n}", 8080, true, false, $"p{n}");
}
