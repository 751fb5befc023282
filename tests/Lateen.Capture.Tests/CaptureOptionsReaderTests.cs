using System.Net;

namespace Lateen.Capture.Tests;

public sealed class CaptureOptionsReaderTests
{
    private static readonly PodNetwork _pod = new([IPAddress.Parse("10.0.0.5")], [IPAddress.Parse("10.96.0.10")]);

    [Fact]
    public void Read_FlagAndVariable_FlagWins()
    {
        var options =
            Read(new() { ["envoy-port"] = "15001" }, new() { ["ENVOY_PORT"] = "16001", ["ISTIO_SERVICE_CIDR"] = "*" });

        Assert.Equal("15001", options.ProxyPort);
        Assert.True(options.OutboundRanges.IsWildcard);
    }

    [Fact]
    public void Read_NoUser_TakesTheProxyUserElse1337()
    {
        Assert.Equal(["1337"], Read([], []).ProxyUids);
        Assert.Equal(["77"], new CaptureOptionsReader(_ => null, _ => null)
            .Read(_pod, n => n == "istio-proxy" ? "77" : null).ProxyGids);
    }

    [Fact]
    public void Read_EmptyOwnerGroups_MeansNoGroup()
    {
        Assert.Empty(Read([], new() { ["ISTIO_OUTBOUND_OWNER_GROUPS"] = "" }).OwnerGroups!);
        Assert.Null(Read([], []).OwnerGroups);
    }

    [Fact]
    public void Read_DnsCapture_TakesServersOfResolvConf()
    {
        Assert.Equal(["10.96.0.10"], Read([], new() { ["ISTIO_META_DNS_CAPTURE"] = "true" }).DnsServersV4);
        Assert.Empty(Read([], []).DnsServersV4);
    }

    [Theory]
    [InlineData("istio-service-cidr", "10.9.9.9", "is not an address range")]
    [InlineData("istio-service-cidr", "10.0.0.0/99", "is not an address range")]
    [InlineData("istio-service-exclude-cidr", "*", "cannot be excluded")]
    [InlineData("iptables-probe-port", "x", "is not a port")]
    [InlineData("probe-timeout", "soon", "is not a duration")]
    [InlineData("redirect-dns", "maybe", "is not true or false")]
    [InlineData("force-iptables-binary", "new", "is not legacy or nft")]
    public void Read_BadValue_NamesFlagAndReason(string flag, string value, string message)
    {
        var reader = new CaptureOptionsReader(f => f == flag ? value : null, _ => null);

        reader.Read(_pod, _ => null);

        var error = Assert.Single(reader.Errors);
        Assert.Equal(flag, error.Path);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void Read_NoAddress_IsRefused()
    {
        var reader = new CaptureOptionsReader(_ => null, _ => null);

        reader.Read(new PodNetwork([], []), _ => null);

        Assert.Contains("has no address", Assert.Single(reader.Errors).Message);
    }

    private static CaptureOptions Read(Dictionary<string, string> flags, Dictionary<string, string> variables)
    {
        var reader = new CaptureOptionsReader(flags.GetValueOrDefault, variables.GetValueOrDefault);
        var options = reader.Read(_pod, _ => null);
        Assert.Empty(reader.Errors);
        return options;
    }
}
