using Lateen.Kubernetes.Objects;
using Lateen.Local.Loopback;

namespace Lateen.Local.Tests.Loopback;

public sealed class PortProtocolTests
{
    [Theory]
    [InlineData("http", null, "HTTP")]
    [InlineData("http2-api", null, "HTTP2")]
    [InlineData("grpc-web", null, "GRPC-WEB")]
    [InlineData("grpc", null, "GRPC")]
    [InlineData("redis", null, "REDIS")]
    [InlineData("web", null, "TCP")]
    [InlineData("", null, "TCP")]
    [InlineData("web", "http", "HTTP")]
    [InlineData("web", "kubernetes.io/h2c", "HTTP2")]
    [InlineData("web", "kubernetes.io/wss", "HTTPS")]
    public void Of_NameAndApplicationProtocol_FollowIstiosRule(string name, string? appProtocol, string expected)
    {
        var port = new ServicePort { Name = name, Port = 80 };
        if (appProtocol is not null)
        {
            port.AppProtocol = appProtocol;
        }

        Assert.Equal(expected, PortProtocol.Of(port));
    }
}
