using Lateen.Http;
using Lateen.Proxy.Rbac;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Rbac;

public sealed class RbacRulesTests
{
    private const string Space = "envoy.filters.http.rbac";

    [Fact]
    public void IsAllowed_Enforced_LeavesPolicyAndResult()
    {
        var info = new StreamInfo();

        Assert.False(Rules(RbacAction.Deny).IsAllowed(0, new HeaderMap(), info, out var details));

        Assert.Equal("p", info.Metadata!.Get(Space, "pre_enforced_effective_policy_id"));
        Assert.Equal("denied", info.Metadata!.Get(Space, "pre_enforced_engine_result"));
        Assert.Equal("rbac_access_denied_matched_policy[p]"u8.ToArray(), details);
    }

    [Fact]
    public void IsAllowed_Log_HintsAndCountsAsAllowed()
    {
        var info = new StreamInfo();
        var rules = Rules(RbacAction.Log);

        Assert.True(rules.IsAllowed(0, new HeaderMap(), info, out _));

        Assert.Equal(true, info.Metadata!.Get("envoy.common", "access_log_hint"));
        Assert.Equal("allowed", info.Metadata!.Get(Space, "pre_enforced_engine_result"));
    }

    [Fact]
    public void RouteMetadata_NoRoute_DoesNotMatch()
    {
        var matcher = new Lateen.Proxy.Routing.MetadataMatcher
        {
            Filter = "ns",
            Path = ["k"],
            Value = new Lateen.Proxy.Routing.ValueMatcher { Present = true },
        };

        Assert.False(new RbacRule.RouteMetadata(matcher).IsMatch(null, new StreamInfo()));
    }

    private static RbacRules Rules(RbacAction action) => new()
    {
        Rules = new RbacEngine(action, [new RbacPolicy("p", [new RbacRule.Any()], [new RbacRule.Any()])]),
        RulesPrefix = "pre_",
        MetadataNamespace = Space,
        Stats = new RbacStats(new StatsStore(1).GetScope("http.x.", StatLayout.Empty), "pre_", ""),
    };
}
