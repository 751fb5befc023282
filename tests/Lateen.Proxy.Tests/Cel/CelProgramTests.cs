using Lateen.Http;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Cel;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tests.Cel;

public sealed class CelProgramTests
{
    [Theory]
    [InlineData("response.code >= 400", true)]
    [InlineData("response.code == 200 || request.method == 'GET'", true)]
    [InlineData("response.code in [200, 404]", true)]
    [InlineData("'x-log' in request.headers", true)]
    [InlineData("'x-none' in request.headers", false)]
    [InlineData("request.headers['x-none'] == 'a'", false)]
    [InlineData("request.headers['x-none'] == 'a' || true", true)]
    [InlineData("has(request.useragent)", false)]
    [InlineData("request.url_path.startsWith('/shop') && request.path.endsWith('q=1')", true)]
    [InlineData("request.path.matches('^/sh.p')", true)]
    [InlineData("request.query == 'q=1'", true)]
    [InlineData("size(request.headers['x-log']) == 3 ? true : false", true)]
    [InlineData("-1 < 0 && 7 % 4 == 3 && 2 + 2 * 3 == 8", true)]
    [InlineData("!(response.code < 500)", false)]
    [InlineData("1 / 0 == 1", false)]
    [InlineData("request.no_such == 'a'", false)]
    [InlineData("nothing.at.all || true", true)]
    [InlineData("request.time > timestamp('2001-01-01T00:00:00Z')", false)]
    [InlineData("duration('90s') == duration('1m30s')", true)]
    [InlineData("[1, 2, 3].exists(x, x > 2) && [1, 2].all(x, x < 3)", true)]
    [InlineData("{'a': [1, 2]}.a[1] == 2", true)]
    [InlineData("9223372036854775807 + 1 > 0", false)]
    public void Expression_OverARequest_IsTrueWhereItShouldBe(string text, bool expected)
    {
        Assert.True(CelProgram.TryParse(text, out var program, out var error), error);

        Assert.Equal(expected, program!.IsTrue(Info(), AccessLogType.DownstreamEnd));
    }

    [Theory]
    [InlineData("response.code >=")]
    [InlineData("'open")]
    [InlineData("request.path.matches(request.host)")]
    [InlineData("unknown(1)")]
    [InlineData("'a'.matches('(')")]
    [InlineData("Message{a: 1}")]
    [InlineData("{'a': 1")]
    [InlineData("[1].exists(x)")]
    [InlineData("'\\q'")]
    [InlineData("b'\\u0041'")]
    [InlineData("99999999999999999999")]
    [InlineData("a.")]
    [InlineData("(1")]
    public void Expression_ThatIsWrong_IsRefusedWithAReason(string text)
    {
        Assert.False(CelProgram.TryParse(text, out _, out var error));

        Assert.NotEmpty(error);
    }

    [Fact]
    public void Expression_NestedTooDeeply_IsRefused()
    {
        var text = new string('(', 200) + "1" + new string(')', 200);

        Assert.False(CelProgram.TryParse(text, out _, out _));
    }

    [Fact]
    public void Loop_ThatTakesTooManySteps_IsAnError()
    {
        const string Text = "[0,1,2,3,4,5,6,7,8,9]";
        var nested = $"{Text}.all(a, {Text}.all(b, {Text}.all(c, {Text}.all(d, {Text}.all(e, true)))))";
        Assert.True(CelProgram.TryParse(nested, out var program, out var error), error);

        Assert.Equal(CelKind.Error, program!.Run(CelEvaluation.Begin(Info(), AccessLogType.NotSet)).Kind);
    }

    [Fact]
    public void Read_ParsedExpression_GivesTheSameAsItsText()
    {
        var parsed = Google.Api.Expr.V1Alpha1.Expr.Parser.ParseJson("""
            {"callExpr": {"function": "_==_", "args": [
              {"selectExpr": {"operand": {"identExpr": {"name": "request"}}, "field": "method"}},
              {"constExpr": {"stringValue": "GET"}}]}}
            """);

        Assert.True(CelProgram.TryRead(parsed, out var program, out var error), error);
        Assert.True(program!.IsTrue(Info(), AccessLogType.NotSet));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"callExpr": {"function": "nothing", "args": [{"constExpr": {"int64Value": "1"}}]}}""")]
    [InlineData("""{"callExpr": {"function": "size"}}""")]
    [InlineData("""{"structExpr": {"messageName": "a.B"}}""")]
    [InlineData("""{"identExpr": {"name": ""}}""")]
    public void Read_BrokenExpression_IsRefusedWithAReason(string json)
    {
        var parsed = Google.Api.Expr.V1Alpha1.Expr.Parser.ParseJson(json);

        Assert.False(CelProgram.TryRead(parsed, out _, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Run_WhenWarm_AllocatesNothing()
    {
        Assert.True(CelProgram.TryParse(
            "response.code >= 400 && request.url_path.startsWith('/shop')", out var program, out _));
        var info = Info();
        program!.IsTrue(info, AccessLogType.DownstreamEnd);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            program.IsTrue(info, AccessLogType.DownstreamEnd);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static StreamInfo Info()
    {
        var headers = new HeaderMap();
        headers.Add(HeaderId.Method, "GET"u8);
        headers.Add(HeaderId.Path, "/shop?q=1"u8);
        headers.Add(HeaderId.Authority, "host"u8);
        headers.Add(HeaderName.Create("x-log"), "yes"u8);
        return new StreamInfo { RequestHeaders = headers, ResponseCode = 404 };
    }
}
