using System.Text;
using Lateen.Http.Http1;

namespace Lateen.Http.Tests.Http1;

/// <summary>Header lines are read in steps of many bytes where enough has come, and one by one where not: with the same
/// outcome.</summary>
public sealed class Http1PlainLineTests
{
    private const int NameMax = 40;

    public static TheoryData<bool> Leniency => [false, true];

    [Theory]
    [MemberData(nameof(Leniency))]
    public void Name_WithAnyByteAtAnyPlace_IsReadTheSame(bool lenient)
    {
        for (var length = 1; length <= NameMax; length++)
        {
            var name = Encoding.Latin1.GetBytes(new string('N', length));
            for (var odd = 0; odd < 256; odd++)
            {
                name[(odd + length) % length] = (byte)odd;
                AssertSame([.. name, .. ": value\r\n"u8], lenient);
                name.AsSpan().Fill((byte)'N');
            }
        }
    }

    [Theory]
    [MemberData(nameof(Leniency))]
    public void Value_WithAnyByteAtAnyPlace_IsReadTheSame(bool lenient)
    {
        for (var length = 0; length <= NameMax; length++)
        {
            for (var odd = 0; odd < 256; odd++)
            {
                var value = Encoding.Latin1.GetBytes(new string('v', length + 1));
                value[length] = (byte)odd;
                AssertSame([.. "Name:"u8, .. value, .. "\r\n"u8], lenient);
                AssertSame([.. "Name:"u8, (byte)odd, .. value, .. "\r\n"u8], lenient);
            }
        }
    }

    [Theory]
    [InlineData("A: \r\n")]
    [InlineData("A:\r\n")]
    [InlineData("A: \t b \t\r\n")]
    [InlineData("A: b\n")]
    [InlineData("A: b\r\r\n")]
    [InlineData("A: b\r\n c\r\n")]
    [InlineData("A: b\r\n\tc\r\n")]
    [InlineData("Host: second.example\r\n")]
    [InlineData("Cookie: a=b\r\nCookie: c=d\r\n")]
    [InlineData("X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 5.6.7.8\r\n")]
    [InlineData("Content-Length: 0\r\nContent-Length: 0\r\n")]
    public void Line_OfAKind_IsReadTheSame(string line)
    {
        AssertSame(Encoding.Latin1.GetBytes(line), false);
        AssertSame(Encoding.Latin1.GetBytes(line), true);
    }

    [Fact]
    public void NamesAsWritten_AreKept_WithMuchBehindThem()
    {
        var parsed = new ParsedStream(true, new Http1Limits { KeepsNames = true });
        parsed.Feed(Head("X-OdD: 1\r\n"u8, "Other-Name: other value\r\n"u8));
        Assert.Equal(Http1Error.None, parsed.Error);
        Assert.Single(parsed.Heads);
    }

    private static void AssertSame(ReadOnlySpan<byte> line, bool lenient)
    {
        AssertSame(line, Head(line, "Other-Name: other value\r\n"u8), lenient);
        AssertSame(line, Head(line, []), lenient);
    }

    private static void AssertSame(ReadOnlySpan<byte> line, byte[] bytes, bool lenient)
    {
        var limits = new Http1Limits { IsLenient = lenient };
        var whole = new ParsedStream(true, limits);
        whole.Feed(bytes);
        var parts = new ParsedStream(true, limits);
        foreach (var b in bytes)
        {
            parts.Feed([b]);
        }

        var what = Encoding.Latin1.GetString(line);
        Assert.True(whole.Error == parts.Error, $"'{what}': {whole.Error}, in pieces {parts.Error}");
        Assert.True(whole.Text == parts.Text, $"'{what}': {whole.Text}, in pieces {parts.Text}");
    }

    private static byte[] Head(ReadOnlySpan<byte> line, ReadOnlySpan<byte> behind) =>
        [.. "GET / HTTP/1.1\r\nHost: h\r\n"u8, .. line, .. behind, .. "\r\n"u8];
}
