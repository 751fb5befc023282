using System.Text;
using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Http;

namespace Lateen.Proxy.Tests.Http;

public sealed class IpDetectionTests
{
    [Theory]
    [InlineData("192.0.2.1, 198.51.100.1, 10.0.0.3", "198.51.100.1")]
    [InlineData("10.0.0.1, 10.0.0.2", "10.0.0.1")]
    public void ForwardedFor_TrustedRanges_GivesTheFirstUntrusted(string list, string expected)
    {
        var detection = new IpDetection.ForwardedFor(0, [Range("127.0.0.0/8"), Range("10.0.0.0/8")]);

        Assert.Equal(expected, Detect(detection, "x-forwarded-for", list));
    }

    [Fact]
    public void ForwardedFor_Hops_CountsFromTheRight()
    {
        Assert.Equal("192.0.2.2",
            Detect(new IpDetection.ForwardedFor(1, []), "x-forwarded-for", "192.0.2.2,192.0.2.3"));
        Assert.Null(Detect(new IpDetection.ForwardedFor(2, []), "x-forwarded-for", "192.0.2.2,192.0.2.3"));
    }

    [Theory]
    [InlineData("198.51.100.7", "198.51.100.7")]
    [InlineData("198.51.100.7, 1.1.1.1", null)]
    [InlineData("bad", null)]
    public void CustomHeader_Value_IsOneAddress(string value, string? expected)
    {
        var detection = new IpDetection.CustomHeader(HeaderName.Create("x-real"), false);

        Assert.Equal(expected, Detect(detection, "x-real", value));
    }

    private static CidrRange Range(string text) => CidrRange.TryParse(text, out var range) ? range : default;

    private static string? Detect(IpDetection detection, string header, string value)
    {
        var request = new HeaderMap();
        request.Add(HeaderName.Create(header), Encoding.ASCII.GetBytes(value));
        var direct = new Address(IpAddress.FromV4(0x7F000001), 0);
        return detection.Detect(request, direct, out var address, out _) ? address.Ip.ToString() : null;
    }
}
