using System.Text;
using Lateen.Http;
using Lateen.Proxy.OAuth2;

namespace Lateen.Proxy.Tests.OAuth2;

public sealed class OAuth2ParsingTests
{
    [Theory]
    [InlineData("https://idp.local/authorize?a=b", "https", "idp.local", "/authorize?a=b")]
    [InlineData("http://h:8080", "http", "h:8080", "/")]
    [InlineData("http://h?x", "http", "h", "/?x")]
    [InlineData("http://[::1]:9/p#f", "http", "[::1]:9", "/p")]
    public void Url_ThatIsAbsolute_IsTakenApart(string text, string scheme, string authority, string path)
    {
        Assert.Equal(new OAuth2Url(scheme, authority, path), OAuth2Url.TryParse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nourl")]
    [InlineData("http://")]
    [InlineData("://h/")]
    [InlineData("http:///path")]
    [InlineData("http://a b/")]
    [InlineData("http://h:port/")]
    [InlineData("http://h:99999/")]
    [InlineData("http://[::1/")]
    [InlineData("http://ev\"il/")]
    public void Url_ThatIsNone_IsNull(string text)
    {
        Assert.Null(OAuth2Url.TryParse(text));
    }

    [Theory]
    [InlineData("http://a.example/", true)]
    [InlineData("http://A.EXAMPLE:8080/x", true)]
    [InlineData("http://x.b.example/", true)]
    [InlineData("http://b.example/", false)]
    [InlineData("http://a.example.evil/", false)]
    [InlineData("nourl", false)]
    public void IsAllowed_AgainstDomains_KeepsForeignHostsOut(string url, bool allowed)
    {
        Assert.Equal(allowed, OAuth2Url.IsAllowed(url, ["a.example", "*.b.example"]));
    }

    [Fact]
    public void State_EncodedAndDecoded_IsTheSame()
    {
        var state = new OAuth2State("http://h/a?b=\"c\"&d=\\", "flow.hmac", "flow");

        Assert.Equal(state, OAuth2State.TryDecode(state.Encode(), out _));
    }

    [Theory]
    [InlineData("abc", "State query param is not a valid JSON: ")]
    [InlineData("", "State query param is not a valid JSON: ")]
    [InlineData("W10", "State query param is not a valid JSON: []")]
    [InlineData("e30", "State query param does not contain url or CSRF token: {}")]
    public void State_ThatIsNone_IsRefusedWithAReason(string text, string reason)
    {
        Assert.Null(OAuth2State.TryDecode(text, out var error));
        Assert.StartsWith(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void TokenAnswer_WithAllFields_IsRead()
    {
        var answer = OAuth2TokenAnswer.TryParse(
            """{"access_token":"a","id_token":"i","refresh_token":"r","expires_in":"60","other":1}"""u8.ToArray(),
            out _);

        Assert.Equal(new OAuth2TokenAnswer("a", "i", "r", 60), answer);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"access_token":1}""")]
    [InlineData("""{"access_token":"a","expires_in":-1}""")]
    [InlineData("""{"access_token":"a","expires_in":"soon"}""")]
    [InlineData("""{"access_token":"a","expires_in":1e300}""")]
    [InlineData("""{"access_token":"\ud800"}""")]
    public void TokenAnswer_ThatIsNone_IsRefused(string json)
    {
        Assert.Null(OAuth2TokenAnswer.TryParse(Encoding.UTF8.GetBytes(json), out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Cookies_OfSeveralHeaders_AreReadAndWrittenAsOne()
    {
        var request = new HeaderMap();
        request.Add(HeaderId.Cookie, "a=1; b=\"2\";;broken; =x"u8);
        request.Add(HeaderId.Cookie, "a=3;c=4"u8);

        var jar = OAuth2CookieJar.Read(request);
        jar.Set("b", "5");
        jar.RemoveAll(name => name.Length == 0);
        jar.Write(request);

        Assert.Equal("a=1; b=5; c=4", Encoding.ASCII.GetString(request.Get(HeaderId.Cookie)));
    }

    [Fact]
    public void Query_Changed_IsSortedAndKeepsWhatStands()
    {
        var query = OAuth2Query.Parse("/p?z=1&a=%20&z=2&flag");
        query.Set("m", "n");

        Assert.Equal("?a=%20&flag=&m=n&z=1&z=2", query.ToString());
    }
}
