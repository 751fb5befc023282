using Lateen.Proxy.Dns;

namespace Lateen.Proxy.Tests.Dns;

public sealed class DnsQueryTests
{
    private static readonly byte[] Answer =
    [
        0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0,
        1, (byte)'a', 4, (byte)'t', (byte)'e', (byte)'s', (byte)'t', 0, 0, 1, 0, 1,
        0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1,
        0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 127, 0, 0, 2,
    ];

    [Fact]
    public void TryRead_TwoRecords_GivesAddressesAndTheLowestTtl()
    {
        Assert.True(DnsQuery.TryRead(Answer, 0x1234, DnsQuery.A, out var answer, out var isTruncated));

        Assert.False(isTruncated);
        Assert.Equal(["127.0.0.1", "127.0.0.2"], answer.Addresses.Select(address => address.ToString()));
        Assert.Equal(30, answer.TtlSeconds);
    }

    [Fact]
    public void TryRead_EveryPrefix_IsNoAnswer()
    {
        for (var length = 0; length < Answer.Length; length++)
        {
            Assert.False(DnsQuery.TryRead(Answer.AsSpan(0, length), 0x1234, DnsQuery.A, out _, out _));
        }
    }

    [Fact]
    public void TryRead_OtherId_IsNoAnswer() =>
        Assert.False(DnsQuery.TryRead(Answer, 0x1235, DnsQuery.A, out _, out _));

    [Theory]
    [InlineData(3, false)]
    [InlineData(2, true)]
    [InlineData(5, true)]
    public void TryRead_ErrorCodes_TellUnknownNamesFromFailures(byte code, bool isFailure)
    {
        byte[] message = [.. Answer];
        message[3] = (byte)(0x80 | code);

        Assert.True(DnsQuery.TryRead(message, 0x1234, DnsQuery.A, out var answer, out _));

        Assert.Equal(isFailure, answer.IsFailure);
        Assert.Empty(answer.Addresses);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    public void Write_EmptyLabel_IsRefused(string name) => Assert.Null(DnsQuery.Write(1, name, DnsQuery.A));

    [Fact]
    public void Write_Name_AsksForIt() => Assert.Equal(
        [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, (byte)'a', 0, 0, 28, 0, 1],
        DnsQuery.Write(0x1234, "a.", DnsQuery.Aaaa));
}
