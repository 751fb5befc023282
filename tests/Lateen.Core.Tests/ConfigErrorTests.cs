namespace Lateen.Core.Tests;

public sealed class ConfigErrorTests
{
    [Fact]
    public void ToString_WithPosition_NamesFileLineColumnPathAndHint()
    {
        var error = new ConfigError("spec.hosts", "required", "is missing", "add a host", "a.yaml", 3, 5);

        Assert.Equal("a.yaml:3:5: spec.hosts: is missing (add a host)", error.ToString());
    }

    [Fact]
    public void ToString_WithoutPosition_LeavesItOut()
    {
        var error = new ConfigError("spec.hosts", "required", "is missing");

        Assert.Equal("spec.hosts: is missing", error.ToString());
    }
}
