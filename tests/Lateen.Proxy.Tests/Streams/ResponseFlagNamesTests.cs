using System.Text;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Streams;

public sealed class ResponseFlagNamesTests
{
    [Theory]
    [InlineData("URX,UF", "UF,URX")]
    [InlineData("UC,URX", "URX,UC")]
    [InlineData("UT,URX", "URX,UT")]
    [InlineData("", "-")]
    public void Flags_AfterRetries_StandInTheirOrder(string names, string expected)
    {
        var flags = ResponseFlags.None;
        foreach (var name in names.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.True(ResponseFlagNames.TryParse(name, out var flag));
            flags |= flag;
        }
        Span<byte> text = stackalloc byte[ResponseFlagNames.TextBytesMax];

        var length = ResponseFlagNames.Format(flags, false, text);

        Assert.Equal(expected, Encoding.ASCII.GetString(text[..length]));
    }
}
