using Lateen.Core.Protobuf;
using Lateen.Proxy.Transcoding;

namespace Lateen.Proxy.Tests.Transcoding;

public sealed class PathMatcherTests
{
    private static readonly MessageSchema Message = ApiSchema.Of(new Envoy.Config.Core.V3.Node());

    [Theory]
    [InlineData("/v1/a/b", "/v1/a/{id}")]
    [InlineData("/v1/a/exact", "/v1/a/exact")]
    [InlineData("/v1/a/b:stop", "/v1/a/{id}:stop")]
    [InlineData("/v1/a/b:other", "/v1/a/{id}")]
    [InlineData("/v1/rest/x/y/z", "/v1/rest/{name=**}")]
    [InlineData("/v1/rest", "/v1/rest/{name=**}")]
    [InlineData("/v1/none", null)]
    public void Find_SeveralTemplates_PrefersTheNarrowest(string path, string? expected)
    {
        string[] templates = ["/v1/a/{id}", "/v1/a/exact", "/v1/a/{id}:stop", "/v1/rest/{name=**}"];
        var matcher = new PathMatcher();
        foreach (var template in templates)
        {
            Assert.True(matcher.TryAdd("GET", PathTemplate.Parse(template)!, Method(template)));
        }

        var found = matcher.Find("GET", path, out _);

        Assert.Equal(expected, found is var (method, _) ? System.Text.Encoding.UTF8.GetString(method.Path) : null);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("/v1/{x")]
    [InlineData("/v1/{}")]
    [InlineData("/v1/{x=**}/{y}")]
    [InlineData("/v1//a")]
    public void Parse_NoTemplate_IsNull(string text) => Assert.Null(PathTemplate.Parse(text));

    [Theory]
    [InlineData("a%2Fb%20c", "ExceptReserved", "a%2Fb c")]
    [InlineData("a%2Fb%3Ac", "ExceptSlash", "a%2Fb:c")]
    [InlineData("a%2Fb%zz%", "All", "a/b%zz%")]
    public void Decode_EachRule_KeepsWhatItShould(string text, string spec, string expected) =>
        Assert.Equal(expected, PathSegments.Decode(text, Enum.Parse<PathSegments.Unescape>(spec)));

    private static TranscodedMethod Method(string name) =>
        new() { Path = System.Text.Encoding.UTF8.GetBytes(name), Input = Message, Output = Message };
}
