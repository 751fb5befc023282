using Lateen.Http;
using Lateen.Proxy.HttpCaching;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tests.HttpCaching;

public sealed class CacheRulesTests
{
    private const long Now = 2_000_000_000;

    [Theory]
    [InlineData("max-age=60", 200, true)]
    [InlineData("no-cache", 200, true)]
    [InlineData("s-maxage=\"60\"", 404, true)]
    [InlineData("", 200, false)]
    [InlineData("max-age=x", 200, false)]
    [InlineData("max-age=-1", 200, false)]
    [InlineData("max-age=99999999999999999999", 200, false)]
    [InlineData("private, max-age=60", 200, false)]
    [InlineData("max-age=60, no-store", 200, false)]
    [InlineData("max-age=60", 500, false)]
    [InlineData("max-age=60", 206, false)]
    public void CanKeep_ByCacheControlAndStatus_IsDecided(string cacheControl, int status, bool expected)
    {
        Assert.Equal(expected, CacheRules.CanKeep(Headers(("cache-control", cacheControl)), status, []));
    }

    [Theory]
    [InlineData("*", false)]
    [InlineData("accept", true)]
    [InlineData("accept, x-other", false)]
    public void CanKeep_ByVary_NeedsAllowedHeaders(string vary, bool expected)
    {
        var response = Headers(("cache-control", "max-age=60"), ("vary", vary));

        Assert.Equal(expected, CacheRules.CanKeep(response, 200, [StringMatcher.Exact("accept")]));
    }

    [Theory]
    [InlineData("max-age=60", "", 30, false)]
    [InlineData("max-age=60", "", 61, true)]
    [InlineData("max-age=60", "max-stale", 600, false)]
    [InlineData("max-age=60", "max-stale=5", 70, true)]
    [InlineData("max-age=60, must-revalidate", "max-stale", 61, true)]
    [InlineData("max-age=60", "min-fresh=40", 30, true)]
    [InlineData("max-age=60", "max-age=10", 30, true)]
    [InlineData("max-age=60", "no-cache", 0, true)]
    [InlineData("no-cache", "", 0, true)]
    public void RequiresValidation_ByAge_FollowsBothSides(string response, string request, int age, bool expected)
    {
        var entry = new CacheEntry(
            Headers(("cache-control", response), ("date", "Wed, 18 May 2033 03:33:20 GMT")), [], new HeaderMap(), Now);

        Assert.Equal(expected, entry.RequiresValidation(CacheDirectives.OfRequest(request, ""), Now + age));
    }

    [Fact]
    public void OfRequest_WithoutCacheControl_TakesPragma()
    {
        Assert.True(CacheDirectives.OfRequest("", "no-cache").MustValidate);
        Assert.False(CacheDirectives.OfRequest("max-age=1", "no-cache").MustValidate);
    }

    [Theory]
    [InlineData("bytes=0-3", 0, 4)]
    [InlineData("bytes=4-", 4, 10)]
    [InlineData("bytes=-2", 8, 10)]
    [InlineData("bytes=5-99", 5, 10)]
    public void Range_OfOnePart_IsFound(string header, int start, int end)
    {
        Assert.Equal(new CacheRange(start, end), CacheRange.Of(Headers(("range", header)), 10));
    }

    [Theory]
    [InlineData("")]
    [InlineData("bytes")]
    [InlineData("bytes=")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=0-1,3-4")]
    [InlineData("items=0-1")]
    [InlineData("bytes=5-2")]
    [InlineData("bytes=0-9")]
    public void Range_ThatIsNone_MeansTheWholeBody(string header)
    {
        Assert.Null(CacheRange.Of(Headers(("range", header)), 10));
    }

    [Fact]
    public void Range_BehindTheEnd_IsNotSatisfiable()
    {
        Assert.False(CacheRange.Of(Headers(("range", "bytes=10-")), 10)!.Value.IsSatisfiable);
        Assert.False(CacheRange.Of(Headers(("range", "bytes=-0")), 10)!.Value.IsSatisfiable);
    }

    [Theory]
    [InlineData("Wed, 18 May 2033 03:33:20 GMT", Now)]
    [InlineData("Wednesday, 18-May-33 03:33:20 GMT", Now)]
    [InlineData("Wed May 18 03:33:20 2033", Now)]
    public void DateOf_AllForms_IsRead(string text, long seconds)
    {
        Assert.Equal(seconds, CacheEntry.DateOf(System.Text.Encoding.ASCII.GetBytes(text)));
    }

    [Fact]
    public void Find_ResponseThatVaries_IsFoundByItsVariant()
    {
        var cache = new SimpleHttpCache();
        var german = Request("accept-language", "de");
        cache.Put(german, new CacheEntry(Headers(("vary", "accept-language")), [1], new HeaderMap(), Now));

        Assert.Equal([1], cache.Find(german)!.Body);
        Assert.Null(cache.Find(Request("accept-language", "en")));
    }

    [Fact]
    public void Put_MoreThanFits_DropsTheOldest()
    {
        var cache = new SimpleHttpCache();
        for (var i = 0; i < 20; i++)
        {
            cache.Put(
                Request("x", "", $"/{i}"),
                new CacheEntry(Headers(), new byte[SimpleHttpCache.EntryBytesMax - 100], new HeaderMap(), Now));
        }

        Assert.InRange(cache.Count, 10, 17);
        Assert.Null(cache.Find(Request("x", "", "/0")));
        Assert.Equal(SimpleHttpCache.EntryBytesMax - 100, cache.Find(Request("x", "", "/19"))?.Body.Length);
    }

    private static HeaderMap Request(string name, string value, string path = "/") =>
        Headers((":method", "GET"), (":scheme", "http"), (":authority", "h"), (":path", path), (name, value));

    private static HeaderMap Headers(params (string Name, string Value)[] fields)
    {
        var headers = new HeaderMap();
        foreach (var (name, value) in fields)
        {
            headers.Add(HeaderName.Create(name), System.Text.Encoding.ASCII.GetBytes(value));
        }
        return headers;
    }
}
