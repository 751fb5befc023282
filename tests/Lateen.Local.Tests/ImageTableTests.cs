using Lateen.Kubernetes.Objects;
using Lateen.Local.Pods;

namespace Lateen.Local.Tests;

public sealed class ImageTableTests
{
    private readonly ImageTable _images =
        new("/x/lib/lateen", "/x/lateen", "/x/bookinfo", null, false, ["my/app:1=/bin/app --serve"]);

    [Theory]
    [InlineData("lateen/bookinfo:latest", "details", "/x/bookinfo details")]
    [InlineData("registry.istio.io/testing/proxyv2:latest", "istio-iptables -p 15001", "/x/lateen capture -p 15001")]
    [InlineData("lateen/proxyv2", "proxy sidecar", "/x/lateen agent proxy sidecar")]
    [InlineData("lateen/pilot", "--config /c", "/x/lib/lateen control-plane --config /c")]
    [InlineData("my/app:2", "now", "/bin/app --serve now")]
    public void Resolve_KnownImage_GivesTheLocalCommand(string image, string args, string expected)
    {
        var container = new Container { Name = "c", Image = image, Args = { args.Split(' ') } };

        Assert.Equal(expected, string.Join(' ', _images.Resolve("pod", container, t => t)));
    }

    [Fact]
    public void Resolve_Command_WinsOverTheImage()
    {
        var container =
            new Container { Name = "c", Image = "lateen/bookinfo", Command = { "/bin/sh", "-c" }, Args = { "true" } };

        Assert.Equal(["/bin/sh", "-c", "true"], _images.Resolve("pod", container, t => t));
    }

    [Fact]
    public void Resolve_UnknownImage_SaysWhatToDo()
    {
        var error =
            Assert.Throws<LocalException>(() => _images.Resolve("pod", new Container { Image = "nginx:1" }, t => t));

        Assert.Contains("--image nginx=", error.Message);
    }

    [Fact]
    public void Resolve_WithEnvoy_AgentDrivesIt()
    {
        var images = new ImageTable("/x/lib/lateen", "/x/lateen", null, "/y/envoy", false, []);
        var container = new Container { Image = "lateen/proxyv2", Args = { "proxy", "sidecar" } };

        Assert.Equal("/x/lateen agent proxy sidecar --proxy /y/envoy",
            string.Join(' ', images.Resolve("pod", container, t => t)));
    }

    [Fact]
    public void Resolve_Mix_GivesEachPodAKindThatStays()
    {
        var images = new ImageTable("/x/lib/lateen", "/x/lateen", null, "/y/envoy", true, []);
        var container = new Container { Image = "lateen/proxyv2", Args = { "proxy" } };
        string Words(string pod) => string.Join(' ', images.Resolve(pod, container, t => t));

        Assert.Equal("/x/lateen agent proxy", Words("ratings-v1-2bbc1fbf7f-7gntw"));
        Assert.Equal("/x/lateen agent proxy --proxy /y/envoy", Words("details-v1-5a6f41129f-9p9vw"));
        Assert.Equal("/x/lateen agent proxy", Words("ratings-v1-2bbc1fbf7f-7gntw"));
    }
}
