using System.Text;
using Lateen.Http;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Formatting;

/// <summary>Operators, their arguments and what is refused.</summary>
public sealed class FormatStringTests
{
    [Theory]
    [InlineData("%PROTOCOL()%", "HTTP/1.1")]
    [InlineData("%REQ(x-none?x-a):2%", "va")]
    [InlineData("%REQUEST_HEADER(x-a)%", "value")]
    [InlineData("%QUERY_PARAMS%", "q=1&r=%20")]
    [InlineData("%QUERY_PARAMS(DECODED):3%", "q=1")]
    [InlineData("%PATH(WQ:ORIG_OR_PATH:x)%", "/p?q=1&r=%20")]
    [InlineData("%REQUESTED_SERVER_NAME%", "-")]
    [InlineData("%REQUESTED_SERVER_NAME(SNI_FIRST)%", "host.example")]
    [InlineData("%REQUESTED_SERVER_NAME(HOST_FIRST:ORIG)%", "-")]
    [InlineData("%XFCC_VALUE(uri)%", "spiffe://u")]
    [InlineData("%XFCC_VALUE(Subject)%", "CN=\"x\",O=y")]
    [InlineData("%XFCC_VALUE(dns)%", "-")]
    [InlineData("%COALESCE({\"operators\":[\"ROUTE_NAME\",{\"command\":\"REQ\",\"param\":\"x-a\",\"max_length\":1}]})%",
        "v")]
    [InlineData("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(8)%", "127.0.0.0/8")]
    [InlineData("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(64)%", "127.9.8.7/32")]
    [InlineData("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(x)%", "127.9.8.7")]
    [InlineData("%ENVIRONMENT(NO_SUCH_VARIABLE)%", "-")]
    [InlineData("%CUSTOM_FLAGS%", "")]
    [InlineData("%METADATA(ROUTE)%", "-")]
    [InlineData("%COMMON_DURATION(DS_RX_BEG:DS_RX_BEG)%", "0")]
    [InlineData("%COMMON_DURATION(x:y:us)%", "-")]
    public void Operator_WithItsArguments_WritesTheValue(string format, string expected) =>
        Assert.Equal(expected, Write(format));

    [Theory]
    [InlineData("%REQ(a b)%")]
    [InlineData("%REQ()%")]
    [InlineData("%PROTOCOL():3%")]
    [InlineData("%START_TIME(%n)%")]
    [InlineData("%FILTER_STATE(x:FIELD)%")]
    [InlineData("%FILTER_STATE(x:FIELD:)%")]
    [InlineData("%QUERY_PARAMS(RAW)%")]
    [InlineData("%REQUESTED_SERVER_NAME(HOST_ONLY)%")]
    [InlineData("%XFCC_VALUE(nothing)%")]
    [InlineData("%COMMON_DURATION(a:b:s)%")]
    [InlineData("%COALESCE({\"operators\":[]})%")]
    [InlineData("%COALESCE({\"operators\":[\"NOSUCH\"]})%")]
    [InlineData("%COALESCE(x)%")]
    [InlineData("%METADATA(X:y)%")]
    [InlineData("%UPSTREAM_PEER_SERIAL%")]
    [InlineData("%UPSTREAM_METADATA(a:b):3%")]
    public void Format_ThatEnvoyRefuses_IsRefused(string format) =>
        Assert.False(FormatString.TryParse(format, out _, out var error) || error.Length == 0);

    [Theory]
    [InlineData("%a %b %e %k %-d %C %G-%V %U %W %u %w %j %P", "Sun Nov  1  3 1 20 2026-44 44 43 7 0 305 am")]
    [InlineData("%FT%TZ %D %R %r %c", "2026-11-01T03:04:05Z 11/01/26 03:04 03:04:05 AM Sun Nov  1 03:04:05 2026")]
    [InlineData("%3f %f %E3S %E*S %E12S %E*f", "678 678900000 05.678 05.6789 05.678900000000 6789")]
    [InlineData("%Z %z %Ez %s %0f %Q %E %Od", "UTC +0000 +00:00 1793502245 %0f %Q %E 01")]
    public void Time_ByFormat_IsWritten(string format, string expected)
    {
        var output = new ByteBuffer();
        TimeFormat.Write(output, format, 1_793_502_245_678_900_000);
        Assert.Equal(expected, Encoding.UTF8.GetString(output.Written));
    }

    [Theory]
    [InlineData("{\"e\":\"%ENVIRONMENT(NO_SUCH_VARIABLE)%\"}", false, "{\"e\":\"-\"}")]
    [InlineData("{\"l\":[\"%REQ(none)%\",{\"k\":\"%REQ(none)%\"},7]}", true, "{\"l\":[7]}")]
    [InlineData("{\"m\":\"%REQ(none)%%REQ(none)%\"}", true, "{\"m\":\"\"}")]
    [InlineData("{\"c\":\"%TYPED_CEL({'a':[1,'x',2.5]})%\"}", false, "{\"c\":{\"a\":[1,\"x\",2.5]}}")]
    [InlineData("{\"c\":\"%TYPED_CEL('abc'):2%\"}", false, "{\"c\":\"ab\"}")]
    [InlineData("{\"c\":\"%TYPED_CEL(duration('90s'))%\"}", false, "{\"c\":\"90s\"}")]
    [InlineData("{\"c\":\"%TYPED_CEL({1:2})%\"}", false, "{\"c\":null}")]
    [InlineData("{\"c\":\"%TYPED_CEL(9223372036854775807)%\"}", false, "{\"c\":9223372036854775808}")]
    [InlineData("{\"c\":\"%CEL(1)%\"}", false, "{\"c\":\"1\"}")]
    public void Json_KeepsTypesAndLeavesOutWhatIsEmpty(string format, bool omits, string expected)
    {
        var fields = TestResources.Read<Google.Protobuf.WellKnownTypes.Struct>(format);
        Assert.True(AccessLogFormat.TryParseJson(fields, omits, out var parsed, out var error), error);
        var output = new ByteBuffer();
        parsed!.Write(output, Info(), new FormatContext(AccessLogType.DownstreamEnd));
        Assert.Equal(expected + "\n", Encoding.UTF8.GetString(output.Written));
    }

    private static string Write(string format)
    {
        Assert.True(FormatString.TryParse(format, out var parsed, out var error), error);
        var output = new ByteBuffer();
        parsed!.Write(output, Info(), new FormatContext(AccessLogType.DownstreamEnd), "-"u8);
        return Encoding.UTF8.GetString(output.Written);
    }

    private static StreamInfo Info()
    {
        var headers = new HeaderMap();
        headers.Add(HeaderId.Path, "/p?q=1&r=%20"u8);
        headers.Add(HeaderId.Authority, "host.example"u8);
        headers.Add(HeaderName.Create("x-a"), "value"u8);
        headers.Add(HeaderName.Create("x-forwarded-client-cert"),
            "Hash=1;Subject=\"CN=\\\"x\\\",O=y\",URI=spiffe://u"u8);
        Assert.True(IpAddress.TryParse("127.9.8.7", out var ip));
        return new StreamInfo
        {
            RequestHeaders = headers,
            Protocol = HttpProtocol.Http11,
            StartNanos = 1,
            Connection = new ConnectionInfo { RemoteAddress = new Address(ip, 80) },
        };
    }
}
