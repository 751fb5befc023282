using Lateen.Kubernetes.Objects;
using Lateen.Local.Pods;

namespace Lateen.Local.Tests;

public sealed class ImageTableTests
{
    private readonly ImageTable _images = new("/x/lateen", "/x/bookinfo", null, ["my/app:1=/bin/app --serve"]);

    [Theory]
    [InlineData("lateen/bookinfo:latest", "details", "/x/bookinfo details")]
    [InlineData("registry.istio.io/testing/proxyv2:latest", "istio-iptables -p 15001", "/x/lateen capture -p 15001")]
    [InlineData("lateen/proxyv2", "proxy sidecar", "/x/lateen agent proxy sidecar")]
    [InlineData("my/app:2", "now", "/bin/app --serve now")]
    public void Resolve_KnownImage_GivesTheLocalCommand(string image, string args, string expected)
    {
        var container = new Container { Name = "c", Image = image, Args = { args.Split(' ') } };

        Assert.Equal(expected, string.Join(' ', _images.Resolve(container, t => t)));
    }

    [Fact]
    public void Resolve_Command_WinsOverTheImage()
    {
        var container =
            new Container { Name = "c", Image = "lateen/bookinfo", Command = { "/bin/sh", "-c" }, Args = { "true" } };

        Assert.Equal(["/bin/sh", "-c", "true"], _images.Resolve(container, t => t));
    }

    [Fact]
    public void Resolve_UnknownImage_SaysWhatToDo()
    {
        var error = Assert.Throws<LocalException>(() => _images.Resolve(new Container { Image = "nginx:1" }, t => t));

        Assert.Contains("--image nginx=", error.Message);
    }

    [Fact]
    public void Resolve_WithEnvoy_AgentDrivesIt()
    {
        var images = new ImageTable("/x/lateen", null, "/y/envoy", []);
        var container = new Container { Image = "lateen/proxyv2", Args = { "proxy", "sidecar" } };

        Assert.Equal("/x/lateen agent proxy sidecar --proxy /y/envoy",
            string.Join(' ', images.Resolve(container, t => t)));
    }
}
