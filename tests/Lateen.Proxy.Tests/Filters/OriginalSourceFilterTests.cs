using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Filters;

public sealed class OriginalSourceFilterTests
{
    [Fact]
    public void Request_OfAnAddress_ComesFromThereWithTheMark()
    {
        var info = new StreamInfo { RemoteAddress = new Address(IpAddress.FromV4(0xCB007109), 4000) };

        new OriginalSourceFilter { Name = "f", Mark = 7 }.OnRequestHeaders(0, new HeaderMap(), info);

        Assert.Equal(new OriginalSource(IpAddress.FromV4(0xCB007109), 7), info.OriginalSource);
    }

    [Fact]
    public void Request_WithoutAddress_ComesFromHere()
    {
        var info = new StreamInfo();

        new OriginalSourceFilter { Name = "f" }.OnRequestHeaders(0, new HeaderMap(), info);

        Assert.Null(info.OriginalSource);
    }

    [Fact]
    public void Reset_ForTheNextStream_ForgetsTheClient()
    {
        var info = new StreamInfo { OriginalSource = new OriginalSource(IpAddress.FromV4(1), 0) };

        info.Reset(new ConnectionInfo());

        Assert.Null(info.OriginalSource);
    }
}
