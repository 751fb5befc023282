using Lateen.Proxy.Tapping;

namespace Lateen.Proxy.Tests.Tapping;

public sealed class TapMatchTests
{
    private static readonly TapMatch _http = new TapMatch.Body(false, 0, ["x"u8.ToArray()]);
    private static readonly TapMatch _any = new TapMatch.Any();

    [Fact]
    public void Connections_AreFitByWhatKnowsNothingOfHttp()
    {
        Assert.True(_any.FitsConnections);
        Assert.False(_http.FitsConnections);
        Assert.True(new TapMatch.Not(_http).FitsConnections);
        Assert.True(new TapMatch.Set([_http, _any], true).FitsConnections);
        Assert.False(new TapMatch.Set([_http, _any], false).FitsConnections);
        Assert.True(new TapMatch.Headers(TapPart.RequestHeaders, []).FitsConnections);
    }
}
