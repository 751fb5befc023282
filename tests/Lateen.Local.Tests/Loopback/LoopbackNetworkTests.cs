using Lateen.Local.Loopback;
using Lateen.Local.Network;

namespace Lateen.Local.Tests.Loopback;

public sealed class LoopbackNetworkTests
{
    [Fact]
    public void Claim_SameNameTwice_GetsTwoParts()
    {
        using var first = LoopbackNetwork.Claim("/state/a");
        using var second = LoopbackNetwork.Claim("/state/a");

        Assert.NotEqual(first.Number, second.Number);
        Assert.InRange(second.Number, 64, 126);
    }

    [Fact]
    public void Addresses_OfPodsAndServices_LieApart()
    {
        var plan = AddressPlan.Loopback(64);

        Assert.Equal("127.64.0.1", plan.Node);
        Assert.Equal("127.64.63.254", plan.Pod(plan.PodLast));
        Assert.Equal("127.64.127.254", AddressPlan.Egress(plan.Pod(plan.PodLast)));
        Assert.Equal("127.64.128.16", plan.Service(16));
        Assert.Equal("127.64.255.254", plan.Service(plan.ServiceLast));
    }
}
