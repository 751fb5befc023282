using Lateen.Pilot.Model;

namespace Lateen.Pilot.Tests.Model;

public sealed class HostNamesTests
{
    [Theory]
    [InlineData("foo.com", "foo.com", true)]
    [InlineData("foo.com", "", false)]
    [InlineData("bar.foo.com", "foo.com", false)]
    [InlineData("*.com", "bar.com", true)]
    [InlineData("*.foo.com", "foo.com", false)]
    [InlineData("*", "*.com", true)]
    [InlineData("*.foo.com", "*.com", true)]
    [InlineData("*.foo.com", "*.bar.com", false)]
    public void Overlap_TwoNames_IsSymmetric(string a, string b, bool expected)
    {
        Assert.Equal(expected, HostNames.Overlap(a, b));
        Assert.Equal(expected, HostNames.Overlap(b, a));
    }

    [Theory]
    [InlineData("foo.com", "foo.com", true)]
    [InlineData("foo.com", "*.com", true)]
    [InlineData("*.com", "foo.com", false)]
    [InlineData("*.foo.com", "*.com", true)]
    [InlineData("*.com", "*.foo.com", false)]
    [InlineData("*", "*", true)]
    public void SubsetOf_TwoNames_IsDirected(string a, string b, bool expected)
        => Assert.Equal(expected, HostNames.SubsetOf(a, b));

    [Fact]
    public void CompareSpecificity_SortsExactThenLongWildcards()
    {
        string[] names = ["*", "*.com", "b.com", "*.foo.com", "a.com"];

        Array.Sort(names, HostNames.CompareSpecificity);

        Assert.Equal(["a.com", "b.com", "*.foo.com", "*.com", "*"], names);
    }

    [Theory]
    [InlineData("a.b.c", "a.b.c *.b.c *.c *")]
    [InlineData("*.b.c", "*.b.c *.c *")]
    [InlineData("*", "*")]
    [InlineData("short", "short *")]
    public void CoveringNames_OfAHost_AreMostSpecificFirst(string host, string expected)
        => Assert.Equal(expected, string.Join(' ', HostNames.CoveringNames(host)));

    [Theory]
    [InlineData("cart", "cart.shop.svc.cluster.local")]
    [InlineData("cart.shop", "cart.shop")]
    [InlineData("*", "*")]
    public void Resolve_ShortName_BelongsToTheObjectsNamespace(string host, string expected)
        => Assert.Equal(expected, HostNames.Resolve(host, "shop", "cluster.local"));
}
