using Lateen.Http;
using Lateen.Proxy.OAuth2;

namespace Lateen.Proxy.Tests.OAuth2;

/// <summary>Tokens in several cookies; the numbers are Envoy's.</summary>
public sealed class OAuth2ChunkingTests
{
    private const string Sixteen = "BearerToken_0=a; BearerToken_1=a; BearerToken_2=a; BearerToken_3=a; "
        + "BearerToken_4=a; BearerToken_5=a; BearerToken_6=a; BearerToken_7=a; BearerToken_8=a; BearerToken_9=a; "
        + "BearerToken_10=a; BearerToken_11=a; BearerToken_12=a; BearerToken_13=a; BearerToken_14=a; "
        + "BearerToken_15=a";

    private static readonly OAuth2Cookie Cookie = new("BearerToken", "/", "");
    private static readonly OAuth2Chunking Chunking = new(512, 8);

    [Theory]
    [InlineData(464, "464")]
    [InlineData(465, "461 4")]
    [InlineData(1000, "461 461 78")]
    [InlineData(461 * 8, "461 461 461 461 461 461 461 461")]
    [InlineData((461 * 8) + 1, null)]
    public void Split_OfAToken_KeepsEachCookieBelowTheLimit(int length, string? expected)
    {
        var parts = Chunking.TrySplit(Cookie, new string('a', length), "3600", "");

        Assert.Equal(expected, parts is null ? null : string.Join(' ', parts.Select(part => part.Length)));
    }

    [Fact]
    public void Split_WithALongDomain_HasNoRoom()
    {
        Assert.Null(Chunking.TrySplit(Cookie, "a", "3600", new string('d', 512)));
    }

    [Theory]
    [InlineData("BearerToken_0=a; BearerToken_1=b; BearerToken_chunks=2; x=y", "x=y; BearerToken=ab")]
    [InlineData("BearerToken=old; BearerToken_0=a; BearerToken_1=b; BearerToken_chunks=2", "BearerToken=ab")]
    [InlineData("BearerToken_0=a; BearerToken_1=b; BearerToken_chunks=02; BearerToken_9=z",
        "BearerToken_9=z; BearerToken=ab")]
    [InlineData("BearerToken=old; BearerToken_0=a; BearerToken_chunks=2; BearerToken_20=z",
        "BearerToken=old; BearerToken_20=z")]
    [InlineData("BearerToken_0=a; BearerToken_chunks=1; x=y", "x=y")]
    [InlineData("BearerToken_0=a; BearerToken_chunks=17; x=y", "x=y")]
    [InlineData("BearerToken_0=a; BearerToken_chunks=-2; x=y", "x=y")]
    [InlineData("BearerToken_0=a; BearerToken_1=b", "BearerToken_0=a; BearerToken_1=b")]
    public void Join_OfARequestsCookies_LeavesOneOrNone(string cookies, string expected)
    {
        var request = new HeaderMap();
        request.Add(HeaderId.Cookie, System.Text.Encoding.ASCII.GetBytes(cookies));
        var jar = OAuth2CookieJar.Read(request);

        OAuth2Chunking.Join(jar, Cookie);
        jar.Write(request);

        Assert.Equal(expected, System.Text.Encoding.ASCII.GetString(request.Get(HeaderId.Cookie)));
    }

    [Theory]
    [InlineData("x=y", false, 0, false)]
    [InlineData("BearerToken=a", true, 0, false)]
    [InlineData("BearerToken_0=a; BearerToken_1=b; BearerToken_2=c; BearerToken_chunks=3", false, 3, true)]
    [InlineData("BearerToken=a; BearerToken_chunks=3", true, 16, false)]
    [InlineData("BearerToken_chunks=16; " + Sixteen, false, 16, true)]
    [InlineData("BearerToken_chunks=17; BearerToken_16=a; " + Sixteen, false, 16, false)]
    public void Join_TellsWhatTheRequestHad(string cookies, bool hasWhole, int count, bool isJoined)
    {
        var request = new HeaderMap();
        request.Add(HeaderId.Cookie, System.Text.Encoding.ASCII.GetBytes(cookies));

        var parts = OAuth2Chunking.Join(OAuth2CookieJar.Read(request), Cookie);

        Assert.Equal(new OAuth2Parts(hasWhole, count, isJoined), parts);
    }
}
