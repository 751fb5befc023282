using Lateen.Proxy.Formatting;

namespace Lateen.Proxy.Tests.Formatting;

public sealed class NumberTextTests
{
    /// <summary>Recorded of Envoy.</summary>
    [Theory]
    [InlineData(0, "0")]
    [InlineData(200, "200")]
    [InlineData(12345, "12345")]
    [InlineData(10000, "10000")]
    [InlineData(100000, "1e+05")]
    [InlineData(1700000000, "1.7e+09")]
    [InlineData(1763912345, "1763912345")]
    [InlineData(-5000000, "-5e+06")]
    [InlineData(1e20, "1e+20")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(0.5, "0.5")]
    [InlineData(1234.25, "1234.25")]
    [InlineData(12345678901234567890.0, "12345678901234567168")]
    public void Write_Number_IsTheShorterForm(double value, string expected)
    {
        var output = new ByteBuffer();

        NumberText.Write(output, value);

        Assert.Equal(expected, output.ToString());
    }
}
