using System.Text;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tests.Runtime;

public sealed class PathNormalizerTests
{
    [Theory]
    [InlineData("/a/b/../c", "/a/c")]
    [InlineData("/a/b/./c", "/a/b/c")]
    [InlineData("a/b/../c", "/a/c")]
    [InlineData("/a/b/../../../../c", "/c")]
    [InlineData("/a/..\\c", "/c")]
    [InlineData("/%c0%af", "/%c0%af")]
    [InlineData("/%5c%25", "/%5c%25")]
    [InlineData("/a/b/%2E%2E/c", "/a/c")]
    [InlineData("/A/B/C", "/A/B/C")]
    [InlineData("/a/%2F%2f/c", "/a/%2F%2f/c")]
    [InlineData("/%61dmin", "/admin")]
    [InlineData("/%7Euser", "/~user")]
    [InlineData("/a b", "/a%20b")]
    [InlineData("/a{b}", "/a%7Bb%7D")]
    [InlineData("/a%20b", "/a%20b")]
    [InlineData("/%zz", "/%zz")]
    [InlineData("/a/%2e%2e%2fb", "/a/..%2fb")]
    [InlineData("/a/..", "/")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/a/.", "/a/")]
    [InlineData("/", "/")]
    [InlineData("//a//", "//a//")]
    [InlineData("/a/%2%65%2%65/b", "/a/%252e%252e/b")]
    [InlineData("/a/..%%e9", "/a/..%%e9")]
    [InlineData("/%%41", "/%A")]
    [InlineData("/x%%", "/x%%")]
    [InlineData("/a/%%2e%%2e/b", "/a/%.%./b")]
    [InlineData("/a/%25%32%65/b", "/a/%252e/b")]
    [InlineData("/a%%%41b", "/a%%25Ab")]
    [InlineData("/a/b/..;x;y=../z", "/a/z")]
    [InlineData("/a/..;", "/")]
    [InlineData("/a/.;x", "/a/")]
    [InlineData("/a/b/..;\\x/y", "/a/y")]
    [InlineData("/a/%2e%2e;x/y", "/y")]
    [InlineData("/a/...;/;..;/x", "/a/...;/;..;/x")]
    [InlineData("/a\\..;/x", "/x")]
    [InlineData("/%%41%42", "/%25AB")]
    public void TryCanonicalize_Path_GivesTheCanonicalForm(string path, string expected)
    {
        var output = new ByteBuffer();
        Assert.True(PathNormalizer.TryCanonicalize(Encoding.Latin1.GetBytes(path), output));
        Assert.Equal(expected, Encoding.Latin1.GetString(output.Written));
    }

    [Theory]
    [InlineData("/a\0b")]
    [InlineData("/xyz/.%00../abc")]
    public void TryCanonicalize_Nul_IsRefused(string path) =>
        Assert.False(PathNormalizer.TryCanonicalize(Encoding.Latin1.GetBytes(path), new ByteBuffer()));
}
