using System.Text;
using Lateen.Proxy.GrpcFilters;

namespace Lateen.Proxy.Tests.GrpcFilters;

public sealed class ConnectQueryTests
{
    [Theory]
    [InlineData("/s/m?connect=v1&encoding=json&message=%7B%22a%22%3A1%7D", """{"a":1}""")]
    [InlineData("/s/m?a=b&c%6Fnnect=v%31&message=a+b=c?d", "a+b=c?d")]
    [InlineData("/s/m?connect=v1&message=a&message=b", "a")]
    [InlineData("/s/m?connect=v1&message=%zz%7", "%zz%7")]
    [InlineData("/s/m?connect=v1&&=&message", "")]
    [InlineData("/s/m?connect=v1", "")]
    [InlineData("/s/m?connect=v1&base64=1&message=YWI", "ab")]
    [InlineData("/s/m?connect=v1&base64=1&message=YWJj-_8", "abc\u00fb\u00ff")]
    [InlineData("/s/m?connect=v1&base64=1&message=YWI=", "")]
    [InlineData("/s/m?connect=v1&base64=1&message=YWJ", "")]
    [InlineData("/s/m?connect=v1&base64=1&message=A", "")]
    [InlineData("/s/m?connect=v1&base64=1&message=YWJj+/8", "")]
    [InlineData("/s/m?connect=v1&base64=true&message=YWI", "YWI")]
    public void Parse_OfTheProtocol_GivesTheMessage(string path, string expected) =>
        Assert.Equal(expected, Encoding.Latin1.GetString(ConnectQuery.Parse(Encoding.ASCII.GetBytes(path))!.Message));

    [Theory]
    [InlineData("/s/m")]
    [InlineData("/s/m?connect=v2&connect=v1&message=a")]
    [InlineData("/s/m?Connect=v1")]
    [InlineData("/connect=v1/m?x=v1")]
    public void Parse_OfAnotherRequest_IsNull(string path) =>
        Assert.Null(ConnectQuery.Parse(Encoding.ASCII.GetBytes(path)));

    [Theory]
    [InlineData("", "identity")]
    [InlineData("&compression=", "identity")]
    [InlineData("&compression=gzip", "gzip")]
    public void Compression_IsIdentityUnlessSaid(string more, string expected) => Assert.Equal(
        expected, Encoding.ASCII.GetString(ConnectQuery.Parse(Encoding.ASCII.GetBytes("/?connect=v1" + more))!
            .Compression));

    [Fact]
    public void Parse_OfPlainPaths_AllocatesNothing()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
        {
            _ = ConnectQuery.Parse("/some/path?with=a&query=b"u8);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
