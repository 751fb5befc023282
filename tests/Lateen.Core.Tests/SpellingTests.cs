namespace Lateen.Core.Tests;

public sealed class SpellingTests
{
    [Theory]
    [InlineData("hots", "hosts")]
    [InlineData("gatewyas", "gateways")]
    [InlineData("HOSTS", "hosts")]
    [InlineData("trafficpolicy", "trafficPolicy")]
    [InlineData("zzz", null)]
    public void Nearest_Misspelt_FindsWhatWasMeant(string word, string? expected)
    {
        Assert.Equal(expected, Spelling.Nearest(word, ["hosts", "gateways", "trafficPolicy"]));
    }
}
