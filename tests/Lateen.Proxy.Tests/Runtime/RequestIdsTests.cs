using System.Text;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Tests.Runtime;

/// <summary>Texts written without the framework's formatting.</summary>
public sealed class RequestIdsTests
{
    [Theory]
    [InlineData(0x0123456789ABCDEFUL, 0xFEDCBA9876543210UL, "01234567-89ab-4def-bedc-ba9876543210")]
    [InlineData(0UL, 0UL, "00000000-0000-4000-8000-000000000000")]
    [InlineData(ulong.MaxValue, ulong.MaxValue, "ffffffff-ffff-4fff-bfff-ffffffffffff")]
    public void RequestId_IsAVersion4Uuid(ulong high, ulong low, string expected)
    {
        Span<byte> text = stackalloc byte[RequestIds.Length];
        RequestIds.Write(high, low, text);
        Assert.Equal(expected, Encoding.ASCII.GetString(text));
    }

    [Fact]
    public void Address_WithAnyOctet_IsWritten()
    {
        Span<byte> text = stackalloc byte[IpAddress.TextBytesMax];
        for (uint octet = 0; octet < 256; octet++)
        {
            var length = IpAddress.FromV4((octet << 24) | (octet << 8) | 255).Format(text);
            Assert.Equal($"{octet}.0.{octet}.255", Encoding.ASCII.GetString(text[..length]));
        }
    }
}
