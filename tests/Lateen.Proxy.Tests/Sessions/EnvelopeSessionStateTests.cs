using System.Text;
using Lateen.Http;
using Lateen.Proxy.Sessions;

namespace Lateen.Proxy.Tests.Sessions;

public sealed class EnvelopeSessionStateTests
{
    private static readonly HeaderName Name = HeaderName.Create("mcp-session-id");
    private static readonly byte[] Host = "10.0.0.1:80"u8.ToArray();

    [Fact]
    public void Write_ResponseWithoutHeader_IsNoSession()
    {
        var response = new HeaderMap();

        Assert.Null(new EnvelopeSessionState(Name).Write(response, Host, isNew: true, wasAsked: false, 0));
        Assert.Equal(0, response.Count);
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    [InlineData(false, true, false)]
    public void Write_ResponseWithHeader_HasChangedOnlyWhenAnotherHostWasAsked(bool isNew, bool wasAsked, bool expected)
    {
        var response = new HeaderMap();
        response.Add(Name, "abc"u8);

        var hasChanged = new EnvelopeSessionState(Name).Write(response, Host, isNew, wasAsked, 0);

        Assert.Equal(expected, hasChanged);
        Assert.True(response.TryGet(Name, out var value));
        Assert.Equal($"{Convert.ToBase64String(Host)};UV:YWJj", Encoding.ASCII.GetString(value));
    }
}
