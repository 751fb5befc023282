using Lateen.Proxy.ExtAuthz;

namespace Lateen.Proxy.Tests.ExtAuthz;

public sealed class ShadowVerdictTests
{
    [Fact]
    public void ToJson_Refusal_TellsStatusAndHeaders()
    {
        var verdict = new ShadowVerdict("DENIED", 403) { Headers = [new("x-\"a", "1"), new("b", "2")] };

        Assert.Equal(
            "{\"checkResult\":\"DENIED\",\"statusCode\":403,\"responseHeaders\":[{\"key\":\"x-\\\"a\",\"value\":\"1\"},"
            + "{\"key\":\"b\",\"value\":\"2\"}]}",
            verdict.ToJson());
    }

    [Fact]
    public void ToText_Pass_HasTheFieldsOfTheMessage()
    {
        var verdict = new ShadowVerdict("OK", 200);

        Assert.Equal("{\"check_result\":\"OK\",\"status_code\":200}", verdict.ToText());
        Assert.Equal("OK", verdict.GetField("check_result"));
        Assert.Null(verdict.GetField("checkResult"));
    }
}
