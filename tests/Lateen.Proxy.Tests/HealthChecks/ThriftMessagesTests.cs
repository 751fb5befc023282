using System.Text;
using Lateen.Proxy.HealthChecks;

namespace Lateen.Proxy.Tests.HealthChecks;

/// <summary>Calls as Envoy 1.40 writes them, and replies by the specifications of Thrift.</summary>
public sealed class ThriftMessagesTests
{
    private const string Name = "0000000470696E67";

    [Theory]
    [InlineData(ThriftTransport.Framed, false, "0000001280010001" + Name + "000000000000")]
    [InlineData(ThriftTransport.Unframed, false, "80010001" + Name + "000000000000")]
    [InlineData(ThriftTransport.Framed, true, "0000000A8221000470696E670000")]
    [InlineData(ThriftTransport.Header, true, "000000180FFF000000000000000102000000" + "8221000470696E670000")]
    public void Call_OfAMethod_IsWrittenAsTheTransportWants(object transport, bool compact, string expected) =>
        Assert.Equal(expected, Convert.ToHexString(ThriftMessages.WriteCall(Config(transport, compact, false))));

    [Theory]
    [InlineData(false, "80010002" + Name + "0000000000", HealthCheckVerdict.Healthy)]
    [InlineData(false, "80010002" + Name + "000000000B0000", HealthCheckVerdict.Healthy)]
    [InlineData(false, "80010002" + Name + "000000000C0001", HealthCheckVerdict.Unhealthy)]
    [InlineData(false, "80010003" + Name + "0000000000", HealthCheckVerdict.Unhealthy)]
    [InlineData(false, "80020002" + Name + "0000000000", HealthCheckVerdict.Unhealthy)]
    [InlineData(true, "8241000470696E6700", HealthCheckVerdict.Healthy)]
    [InlineData(true, "8241000470696E670800", HealthCheckVerdict.Healthy)]
    [InlineData(true, "8241000470696E671C", HealthCheckVerdict.Unhealthy)]
    [InlineData(true, "8261000470696E6700", HealthCheckVerdict.Unhealthy)]
    public void Reply_Whole_IsJudgedByItsTypeAndFirstField(bool compact, string hex, object verdict)
    {
        var message = Convert.FromHexString(hex);
        byte[] framed = [0, 0, 0, (byte)message.Length, .. message];

        Assert.Equal(verdict, ThriftMessages.Judge(framed, Config(ThriftTransport.Framed, compact, false)));
        Assert.Equal(verdict, ThriftMessages.Judge(message, Config(ThriftTransport.Unframed, compact, false)));
        Assert.Equal(
            HealthCheckVerdict.Unknown, ThriftMessages.Judge(framed.AsSpan(0, framed.Length - 1),
                Config(ThriftTransport.Framed, compact, false)));
    }

    [Fact]
    public void Reply_CutAnywhereWithoutFrames_NeverPassesForAResult()
    {
        var message = Convert.FromHexString("80010002" + Name + "0000000000");
        for (var length = 0; length < message.Length; length++)
        {
            Assert.Equal(
                HealthCheckVerdict.Unknown,
                ThriftMessages.Judge(message.AsSpan(0, length), Config(ThriftTransport.Unframed, false, false)));
        }
    }

    [Theory]
    [InlineData("+PONG\r\n", false, HealthCheckVerdict.Healthy)]
    [InlineData("+OK\r\n", false, HealthCheckVerdict.Unhealthy)]
    [InlineData("$4\r\nPONG\r\n", false, HealthCheckVerdict.Unhealthy)]
    [InlineData("-ERR x\r\n", false, HealthCheckVerdict.Unhealthy)]
    [InlineData("-MOVED 1 h:1\r\n", false, HealthCheckVerdict.Healthy)]
    [InlineData(":0\r\n", true, HealthCheckVerdict.Healthy)]
    [InlineData(":1\r\n", true, HealthCheckVerdict.Unhealthy)]
    [InlineData(":0\r\n", false, HealthCheckVerdict.Unhealthy)]
    public void RedisReply_ToACheck_IsJudged(string reply, bool asksKey, object verdict) =>
        Assert.Equal(verdict, RedisHealthCheckSession.JudgeReply(Encoding.ASCII.GetBytes(reply), asksKey));

    private static ThriftCheckConfig Config(object transport, bool compact, bool lax) =>
        new([.. "ping"u8], (ThriftTransport)transport, compact, lax);
}
