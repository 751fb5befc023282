using Lateen.Local.Hosting;

namespace Lateen.Local.Tests;

public sealed class UserRangeTests
{
    [Theory]
    [InlineData("ann:100000:65536", true)]
    [InlineData("1000:100000:65536", true)]
    [InlineData("bob:100000:65536", false)]
    [InlineData("ann:100000:0", false)]
    [InlineData("ann:100000", false)]
    [InlineData("# ann:1:2:3", false)]
    [InlineData("", false)]
    public void Lines_OfTheFile_GrantTheUserOrNot(string line, bool granted) =>
        Assert.Equal(granted, UserRange.HasRange([line], "ann", "1000"));
}
