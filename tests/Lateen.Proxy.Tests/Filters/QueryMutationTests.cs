using System.Text;
using Lateen.Http;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Filters;

public sealed class QueryMutationTests
{
    [Theory]
    [InlineData("/q?a=1&b=2&a=3", "/q?a=1&a=3&c=n%20w")]
    [InlineData("/q", "/q?c=n%20w")]
    public void Apply_AppendAndRemove_KeepsTheRest(string path, string expected)
    {
        QueryMutation[] mutations =
        [
            new("c", "n w", HeaderAppendAction.AppendIfExistsOrAdd), new("b", null, default),
        ];

        Assert.Equal(expected, Apply(path, mutations));
    }

    [Fact]
    public void Apply_EveryAction_DoesAsHeadersDo()
    {
        Assert.Equal("/?a=2", Apply("/?a=1&a=3", new QueryMutation("a", "2", HeaderAppendAction.OverwriteIfExists)));
        Assert.Equal("/", Apply("/", new QueryMutation("a", "2", HeaderAppendAction.OverwriteIfExists)));
        Assert.Equal("/?a=1", Apply("/?a=1", new QueryMutation("a", "2", HeaderAppendAction.AddIfAbsent)));
        Assert.Equal("/", Apply("/?a=1", new QueryMutation("a", null, default)));
    }

    [Theory]
    [InlineData("i j&k", "/?z=i%20j%26k")]
    [InlineData("", "/?z=")]
    public void Apply_Format_IsWrittenAndEncoded(string value, string expected)
    {
        Assert.True(FormatString.TryParse("%REQ(x-in)%", out var format, out _));
        var request = new HeaderMap();
        request.Add(HeaderId.Path, "/"u8);
        if (value.Length > 0)
        {
            request.Add(HeaderName.Create("x-in"), Encoding.ASCII.GetBytes(value));
        }

        QueryMutation.Apply(
            [new QueryMutation("z", "%REQ(x-in)%", HeaderAppendAction.AppendIfExistsOrAdd) { Format = format }],
            request, decode: true, new StreamInfo { RequestHeaders = request });

        Assert.Equal(expected, Encoding.ASCII.GetString(request.Get(HeaderId.Path)));
    }

    private static string Apply(string path, params QueryMutation[] mutations)
    {
        var request = new HeaderMap();
        request.Add(HeaderId.Path, Encoding.ASCII.GetBytes(path));
        QueryMutation.Apply(mutations, request, decode: true);
        return Encoding.ASCII.GetString(request.Get(HeaderId.Path));
    }
}
