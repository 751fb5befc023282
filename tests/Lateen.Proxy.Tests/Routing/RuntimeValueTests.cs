using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tests.Routing;

public sealed class RuntimeValueTests
{
    [Fact]
    public void Settings_WithATextForANumber_GiveTheFallback()
    {
        var settings = new RuntimeSettings(new Dictionary<string, RuntimeValue>
        {
            ["text"] = RuntimeValue.OfText("abc"),
            ["zero"] = RuntimeValue.Of(0),
            ["seven"] = RuntimeValue.Of(7),
            ["half"] = RuntimeValue.Of(50, 100, "1/2"),
        });
        Assert.Equal(3, settings.GetNumber("text", 3));
        Assert.Equal(0, settings.GetNumber("zero", 3));
        Assert.Equal(7, settings.GetNumber("seven", 3));
        Assert.Equal((9U, 100U), settings.GetFraction(Of("text")));
        Assert.Equal((0U, 100U), settings.GetFraction(Of("zero")));
        Assert.Equal((50U, 100U), settings.GetFraction(Of("half")));
    }

    private static FractionalPercent Of(string key) => new FractionalPercent(9, 100) with { RuntimeKey = key };
}
