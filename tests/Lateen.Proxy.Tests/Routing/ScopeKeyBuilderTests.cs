using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tests.Routing;

public sealed class ScopeKeyBuilderTests
{
    [Theory]
    [InlineData("one", 0, "one")]
    [InlineData("one;two;three", 1, "two")]
    [InlineData("one;two", 2, null)]
    [InlineData("one;;three", 1, "")]
    [InlineData("", 0, "")]
    public void Index_OfSeparatedElements_GivesThatElement(string value, int index, string? expected)
    {
        var fragment = new ScopeKeyFragment
        {
            Header = HeaderName.Create("x-scope"),
            ElementSeparator = ";"u8.ToArray(),
            Index = (uint)index,
        };

        Assert.Equal(expected, Extract(fragment, value));
    }

    [Theory]
    [InlineData("a=b;t=one", "one")]
    [InlineData("t=one=two", "one=two")]
    [InlineData("t;a=b", "")]
    [InlineData("tt=one", null)]
    [InlineData("one", null)]
    public void Element_ByKey_GivesItsValue(string value, string? expected)
    {
        var fragment = new ScopeKeyFragment
        {
            Header = HeaderName.Create("x-scope"),
            ElementSeparator = ";"u8.ToArray(),
            Key = "t"u8.ToArray(),
            KeySeparator = "="u8.ToArray(),
        };

        Assert.Equal(expected, Extract(fragment, value));
    }

    [Fact]
    public void Set_WithTwoFragments_FindsTheScopeOfBoth()
    {
        var first = new ScopeKeyFragment { Header = HeaderName.Create("x-a") };
        var second = new ScopeKeyFragment { Header = HeaderName.Create("x-b") };
        var scopes = new RouteScopeSet([Scope("both", "ab", "c"), Scope("other", "a", "bc")]);
        var routes = new ScopedRoutes("r", new ScopeKeyBuilder([first, second]), new RouteScopeSlot(scopes));

        var found = routes.Find(Headers(("x-a", "a"), ("x-b", "bc")));

        Assert.Equal("other", found?.Name);
        Assert.Null(routes.Find(Headers(("x-a", "ab"))));
    }

    [Fact]
    public void Find_OfKnownAndUnknownKeys_AllocatesNothing()
    {
        var fragment = new ScopeKeyFragment { Header = HeaderName.Create("x-a") };
        var routes = new ScopedRoutes(
            "r", new ScopeKeyBuilder([fragment]), new RouteScopeSlot(new RouteScopeSet([Scope("s", "k")])));
        var (known, unknown) = (Headers(("x-a", "k")), Headers(("x-a", "q")));
        routes.Find(known);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
        {
            routes.Find(known);
            routes.Find(unknown);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Build_OfTooLongParts_IsNull() =>
        Assert.Null(ScopeKeyBuilder.Build([new byte[ScopeKeyBuilder.KeyBytesMax]]));

    private static RouteScope Scope(string name, params string[] key) => new()
    {
        Name = name,
        Key = ScopeKeyBuilder.Build(key.Select(Encoding.ASCII.GetBytes))!,
        Routes = new RouteConfigurationSlot(name),
    };

    private static string? Extract(ScopeKeyFragment fragment, string value) =>
        fragment.TryExtract(Headers(("x-scope", value)), out var part) ? Encoding.ASCII.GetString(part) : null;

    private static HeaderMap Headers(params (string Name, string Value)[] headers)
    {
        var map = new HeaderMap();
        foreach (var (name, value) in headers)
        {
            map.Add(HeaderName.Create(name), Encoding.ASCII.GetBytes(value));
        }
        return map;
    }
}
