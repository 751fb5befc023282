using Lateen.Proxy.Routing;
using Lateen.Proxy.Tracing.Otel;

namespace Lateen.Proxy.Tests.Tracing;

public sealed class OtelSamplerTests
{
    // Half of all: Envoy does not sample this trace id.
    [Theory]
    [InlineData(0x0af7651916cd43dd, 500_000u, false)]
    [InlineData(0x0af7651916cd43dd, 0u, false)]
    [InlineData(0x0af7651916cd43dd, 1_000_000u, true)]
    public void Ratio_OfATraceId_IsThatOfItsFirstHalf(ulong high, uint share, bool isSampled)
    {
        var sampler = new OtelSampler.Ratio(new FractionalPercent(share, 1_000_000, ""));

        Assert.Equal(isSampled, sampler.IsSampled(null, high));
    }
}
