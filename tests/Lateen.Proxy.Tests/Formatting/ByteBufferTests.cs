using System.Globalization;

namespace Lateen.Proxy.Tests.Formatting;

public sealed class ByteBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(65535)]
    [InlineData(999_999_999)]
    [InlineData(1_000_000_000)]
    [InlineData(uint.MaxValue)]
    [InlineData(uint.MaxValue + 1L)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void Write_Number_IsItsDigits(long value)
    {
        var buffer = new ByteBuffer(1);
        buffer.Write((byte)'x');

        buffer.Write(value);

        Assert.Equal("x" + value.ToString(CultureInfo.InvariantCulture), buffer.ToString());
    }

    [Fact]
    public void Write_BytesOfAnyLength_AreThoseBytes()
    {
        for (var length = 0; length < 40; length++)
        {
            var text = string.Concat(Enumerable.Range(0, length).Select(static i => (char)('a' + (i % 26))));
            var buffer = new ByteBuffer(1);
            buffer.Write("<"u8);

            buffer.Write(System.Text.Encoding.ASCII.GetBytes(text));
            buffer.Write(">"u8);

            Assert.Equal($"<{text}>", buffer.ToString());
        }
    }

    [Theory]
    [InlineData("0.0.0.0:0")]
    [InlineData("127.0.0.1:8080")]
    [InlineData("255.255.255.255:65535")]
    [InlineData("10.200.3.40:443")]
    public void Format_Address_IsWhatWasParsed(string text)
    {
        Assert.True(Addresses.Address.TryParse(System.Text.Encoding.ASCII.GetBytes(text), out var address));
        var room = new byte[Addresses.Address.TextBytesMax];

        Assert.Equal(text, System.Text.Encoding.ASCII.GetString(room.AsSpan(0, address.Format(room))));
    }
}
