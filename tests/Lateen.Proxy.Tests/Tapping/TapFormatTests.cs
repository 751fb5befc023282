using System.Text;
using Lateen.Proxy.Tapping;

namespace Lateen.Proxy.Tests.Tapping;

public sealed class TapFormatTests
{
    private static readonly TapNode Sample = new TapNode().Add(1, "id", 7UL).Add(2, "list", new List<TapNode>
    {
        new TapNode().Add(1, "key", "a\"b").Add(3, "raw_value", Array.Empty<byte>()),
    }).Add(3, "as_bytes", "x\n"u8.ToArray()).Add(4, "truncated", false);

    [Fact]
    public void Json_OfAMessage_ShowsDefaults()
    {
        var output = new ByteBuffer();
        TapJson.Write(output, Sample, 0);
        Assert.Equal(
            "{\n \"id\": \"7\",\n \"list\": [\n  {\n   \"key\": \"a\\\"b\",\n   \"raw_value\": \"\"\n  }\n ],\n"
            + " \"as_bytes\": \"eAo=\",\n \"truncated\": false\n}", output.ToString());
    }

    [Fact]
    public void Text_OfAMessage_LeavesDefaultsOut()
    {
        var output = new ByteBuffer();
        TapText.Write(output, Sample, 0);
        Assert.Equal("id: 7\nlist {\n  key: \"a\\\"b\"\n}\nas_bytes: \"x\\n\"\n", output.ToString());
    }

    [Fact]
    public void Binary_OfAMessage_IsProtobuf()
    {
        var output = new ByteBuffer();
        TapBinary.Write(output, Sample);
        Assert.Equal("080712050A036122621A02780A", Convert.ToHexString(output.Written));
    }

    [Theory]
    [InlineData(1_000_000_000, "1970-01-01T00:00:01Z")]
    [InlineData(1_000_000_001, "1970-01-01T00:00:01.000000001Z")]
    [InlineData(1_500_000_000, "1970-01-01T00:00:01.500Z")]
    public void Time_AsText_HasAsManyDigitsAsItNeeds(long nanos, string expected) =>
        Assert.Equal(expected, new TapTime(nanos).Text);

    [Fact]
    public void Quote_OfForeignBytes_IsOctal()
    {
        var output = new ByteBuffer();
        TapText.Write(output, new TapNode().Add(1, "b", new byte[] { 0, 0xff, (byte)'\'' }), 0);
        Assert.Equal("b: \"\\000\\377\\'\"\n", Encoding.ASCII.GetString(output.Written));
    }
}
