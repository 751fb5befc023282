using System.Text;

namespace Lateen.Proxy.Tests.AccessLog;

public sealed class MessagePackTests
{
    [Theory]
    [InlineData("null", "C0")]
    [InlineData("[true,false]", "92C3C2")]
    [InlineData("{\"b\":1,\"a\":\"x\"}", "82A161A178A16201")]
    [InlineData("200", "CCC8")]
    [InlineData("300", "CD012C")]
    [InlineData("70000", "CE00011170")]
    [InlineData("5000000000", "CF000000012A05F200")]
    [InlineData("-5", "FB")]
    [InlineData("-200", "D1FF38")]
    [InlineData("0.25", "CA3E800000")]
    [InlineData("0.1", "CB3FB999999999999A")]
    public void Json_Value_HasItsShortestForm(string json, string expected)
    {
        var output = new ByteBuffer();
        Lateen.Proxy.AccessLog.Fluentd.MessagePack.WriteJson(output, Encoding.UTF8.GetBytes(json));
        Assert.Equal(expected, Convert.ToHexString(output.Written));
    }

    [Theory]
    [InlineData(31, "BF")]
    [InlineData(32, "D920")]
    [InlineData(256, "DA0100")]
    [InlineData(65536, "DB00010000")]
    public void Text_OfALength_HasThatHead(int length, string head)
    {
        var output = new ByteBuffer();
        Lateen.Proxy.AccessLog.Fluentd.MessagePack.WriteText(output, new byte[length]);
        Assert.Equal(head, Convert.ToHexString(output.Written[..(head.Length / 2)]));
        Assert.Equal(head.Length / 2 + length, output.Length);
    }
}
