using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tests.Routing;

public sealed class QueryParametersTests
{
    /// <summary>A client chooses how many there are: memory stays in proportion to the path.</summary>
    [Fact]
    public void Parse_ManyParameters_CopiesEachOnce()
    {
        const int Count = 20_000;
        var path = "/?" + string.Concat(Enumerable.Repeat("a&", Count));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var values = QueryParameters.Parse(path, decode: false).Values;

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 200 * Count);
        Assert.Equal(Count, Assert.Single(values).Value.Count);
    }
}
