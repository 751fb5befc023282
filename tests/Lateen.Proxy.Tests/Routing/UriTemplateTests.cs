using System.Text;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tests.Routing;

/// <summary>Path templates as Envoy 1.40 takes them.</summary>
public sealed class UriTemplateTests
{
    [Theory]
    [InlineData("/1/*.txt", "/1/a.txt", true)]
    [InlineData("/1/*.txt", "/1/.txt", false)]
    [InlineData("/2/{x}-y", "/2/a-b-y", true)]
    [InlineData("/3/**/z", "/3/a/b/z", true)]
    [InlineData("/3/**/z", "/3/z", false)]
    [InlineData("/4/ab*c", "/4/abbbc", true)]
    [InlineData("/4/ab*c", "/4/ac", true)]
    [InlineData("/4/ab*c", "/4/ab*c", false)]
    [InlineData("/5/", "/5", false)]
    [InlineData("/6/a.b$(c)+", "/6/axb$(c)+", false)]
    [InlineData("/7/a**", "/7/a", false)]
    [InlineData("/8/**", "/8/a*b=c", true)]
    [InlineData("/8/**", "/8/a[b", false)]
    [InlineData("/9/{x}.y/z", "/9/a.y/z", true)]
    [InlineData("/10/a{b}", "/10/abc", true)]
    [InlineData("/10/a{b}", "/10/a{b}", false)]
    [InlineData("/*/*/*/*/*/*/*", "/1/2/3/4/5/6/7", true)]
    public void Path_AgainstATemplate_MatchesAsInEnvoy(string pattern, string path, bool expected)
    {
        Assert.True(UriTemplate.TryParse(pattern, out var template, out _));

        Assert.Equal(expected, template!.IsMatch(Encoding.UTF8.GetBytes(path)));
    }

    [Theory]
    [InlineData("no-slash")]
    [InlineData("/a//b")]
    [InlineData("/{x")]
    [InlineData("/{1x}")]
    [InlineData("/{a=}")]
    [InlineData("/{a=b/}")]
    [InlineData("/{a}{b}")]
    [InlineData("/{a}/{a}")]
    [InlineData("/**/{a}")]
    [InlineData("/{a}/{b}/{c}/{d}/{e}/{f}")]
    [InlineData("/{a_name_of_more_than_16}")]
    public void Template_ThatMeansNothing_IsRefused(string pattern) =>
        Assert.False(UriTemplate.TryParse(pattern, out _, out _));

    [Theory]
    [InlineData("/a*{x}", true)]
    [InlineData("/a=[{x}", false)]
    [InlineData("/{no}", false)]
    [InlineData("x{x}", false)]
    public void Rewrite_OfATemplate_LoadsOrNot(string rewrite, bool expected)
    {
        Assert.True(UriTemplate.TryParse("/{x}", out var template, out _));

        Assert.Equal(expected, UriTemplateRewrite.TryParse(rewrite, template!, out _));
    }
}
