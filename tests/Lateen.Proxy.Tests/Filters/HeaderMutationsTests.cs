using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Filters;

public sealed class HeaderMutationsTests
{
    [Fact]
    public void Apply_RemovedNames_TakesAllOfThem()
    {
        var headers = new HeaderMap();
        headers.Add(HeaderId.Path, "/"u8);
        headers.Add("x-a-1"u8, "1"u8);
        headers.Add("x-b"u8, "2"u8);
        headers.Add("x-a-2"u8, "3"u8);
        headers.Add("x-a-1"u8, "4"u8);
        var mutations = new HeaderMutations([], []) { RemovedNames = StringMatcher.Prefix("x-a-") };

        mutations.Apply(headers, new StreamInfo());

        Assert.Equal(2, headers.Count);
        Assert.Equal("2", Encoding.ASCII.GetString(headers.GetValue(headers.IndexOf("x-b"u8))));
    }
}
