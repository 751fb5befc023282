using System.Net;
using Lateen.Agent.Bootstrap;

namespace Lateen.Agent.Tests.Bootstrap;

public sealed class ProxyRoleTests
{
    [Theory]
    [InlineData("10.0.0.1", "127.0.0.1", "0.0.0.0")]
    [InlineData("127.0.0.1", "127.0.0.1", "0.0.0.0")]
    [InlineData("127.70.0.5", "127.70.0.5", "127.70.0.5")]
    [InlineData("fd00::1", "::1", "::")]
    public void Ports_OfAPodOnLoopback_StandAtItsAddressAlone(string address, string localhost, string wildcard)
    {
        var role = new ProxyRole("sidecar", [IPAddress.Parse(address)], "pod", "shop", "");

        Assert.Equal((localhost, wildcard), (role.Localhost, role.Wildcard));
    }

    [Fact]
    public void Addresses_OfAPodOnLoopback_AreItsOwnAlone()
    {
        Assert.Equal([IPAddress.Parse("127.70.0.5")], ProxyAddresses.Find("127.70.0.5", []));
    }
}
