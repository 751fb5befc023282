using System.Text;
using Lateen.Http;
using Lateen.Proxy.Filters;

namespace Lateen.Proxy.Tests.Filters;

public sealed class ApiKeySourceTests
{
    [Theory]
    [InlineData("/p?key=k&b=1", "/p?b=1")]
    [InlineData("/p?b=1&key=k", "/p?b=1")]
    [InlineData("/p?key=k", "/p")]
    [InlineData("/p", "/p")]
    public void Remove_Query_LeavesTheOthers(string path, string expected)
    {
        var request = new HeaderMap();
        request.Add(HeaderId.Path, Encoding.ASCII.GetBytes(path));

        new ApiKeySource(null, "key"u8.ToArray(), null).Remove(request);

        Assert.Equal(expected, Encoding.ASCII.GetString(request.Get(HeaderId.Path)));
    }

    [Fact]
    public void Remove_Cookie_LeavesTheOthers()
    {
        var request = new HeaderMap();
        request.Add(HeaderId.Cookie, "a=b; ck=k; c=d"u8);

        new ApiKeySource(null, null, "ck"u8.ToArray()).Remove(request);

        Assert.Equal("a=b; c=d", Encoding.ASCII.GetString(request.Get(HeaderId.Cookie)));
    }
}
