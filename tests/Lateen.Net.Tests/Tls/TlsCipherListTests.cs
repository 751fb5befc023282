namespace Lateen.Net.Tests.Tls;

public sealed class TlsCipherListTests
{
    [Theory]
    [InlineData("ECDHE-ECDSA-AES128-GCM-SHA256:AES128-SHA", "ECDHE-ECDSA-AES128-GCM-SHA256 AES128-SHA")]
    [InlineData("TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA")]
    [InlineData("-ALL:AES256-SHA", "AES256-SHA")]
    [InlineData("AESGCM+kRSA", "AES128-GCM-SHA256 AES256-GCM-SHA384")]
    [InlineData("!AES128:AES+kRSA", "AES256-GCM-SHA384 AES256-SHA")]
    [InlineData("AES128-SHA:AES256-SHA:+AES128-SHA", "AES256-SHA AES128-SHA")]
    public void Parse_ListOfEnvoy_GivesItsSuitesInOrder(string text, string suites)
    {
        var list = TlsCipherList.Parse(text);

        Assert.Empty(list.Rejected);
        Assert.Equal(suites, string.Join(' ', list.Names));
    }

    [Theory]
    [InlineData("BOGUS")]
    [InlineData("TLS_AES_128_GCM_SHA256")]
    [InlineData("ECDHE-RSA-AES256-SHA384")]
    [InlineData("[ECDHE-ECDSA-AES128-GCM-SHA256|BOGUS]")]
    [InlineData("!aNULL")]
    public void Parse_UnknownWord_IsRejected(string text) => Assert.NotEmpty(TlsCipherList.Parse(text).Rejected);

    [Fact]
    public void Parse_WordForAll_LeavesOutOldSuites()
    {
        var names = TlsCipherList.Parse("ALL").Names.ToArray();

        Assert.DoesNotContain("DES-CBC3-SHA", names);
        Assert.Equal("ECDHE-ECDSA-AES128-GCM-SHA256", names[0]);
    }

    [Fact]
    public void TryOrder_ClientPrefersSecondOfGroup_MovesWithinGroupOnly()
    {
        var list = TlsCipherList.Parse(
            "[ECDHE-ECDSA-AES256-GCM-SHA384|ECDHE-ECDSA-AES128-GCM-SHA256]:ECDHE-ECDSA-CHACHA20-POLY1305");
        Span<byte> order = stackalloc byte[3];

        Assert.True(list.TryOrder([0xCC, 0xA9, 0xC0, 0x2B, 0xC0, 0x2C], order));
        Assert.Equal([1, 0, 2], order.ToArray());
        Assert.False(list.TryOrder([0xCC, 0xA9, 0xC0, 0x2C, 0xC0, 0x2B], order));
    }
}
