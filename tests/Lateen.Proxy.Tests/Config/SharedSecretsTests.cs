using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Tests.Config;

public sealed class SharedSecretsTests
{
    [Fact]
    public void Share_EqualContents_AreOneArray()
    {
        var shared = new SharedSecrets();
        byte[] first = [1, 2, 3];

        Assert.Same(first, shared.Share(first));
        Assert.Same(first, shared.Share([1, 2, 3]));
        Assert.NotSame(first, shared.Share([1, 2, 4]));
    }

    [Fact]
    public void WasTried_OnlyWhatWasSet()
    {
        var shared = new SharedSecrets();

        shared.SetTried("a");

        Assert.True(shared.WasTried("a"));
        Assert.False(shared.WasTried("b"));
    }
}
