using System.Text;
using Lateen.Proxy.Redis;

namespace Lateen.Proxy.Tests.Redis;

public sealed class RespScannerTests
{
    [Theory]
    [InlineData("+OK\r\n")]
    [InlineData(":-12\r\n")]
    [InlineData("$5\r\na\r\nbc\r\n")]
    [InlineData("$-1\r\n")]
    [InlineData("*0\r\n")]
    [InlineData("*-1\r\n")]
    [InlineData("*3\r\n$1\r\na\r\n*2\r\n:1\r\n+x\r\n-ERR no\r\n")]
    [InlineData("%1\r\n+key\r\n~2\r\n#t\r\n,1.5\r\n")]
    [InlineData("_\r\n")]
    public void Frame_HoweverItIsCut_EndsWhereItEnds(string frame)
    {
        var bytes = Encoding.Latin1.GetBytes(frame + "+next\r\n");
        var scanner = new RespScanner();
        for (var i = 0; i < frame.Length; i++)
        {
            Assert.Equal(RespStatus.NeedMore, scanner.Advance(bytes.AsSpan(0, i)));
        }

        Assert.Equal(RespStatus.Done, scanner.Advance(bytes));
        Assert.Equal(frame.Length, scanner.Length);
    }

    [Theory]
    [InlineData("*a")]
    [InlineData("$5\r\nabcdefg")]
    [InlineData("$-2\r\n")]
    [InlineData("*99999999999\r\n")]
    [InlineData("$99999999999\r\n")]
    [InlineData(":x\r\n")]
    [InlineData("+OK\rx")]
    [InlineData("@\r\n")]
    [InlineData("*1\n$4\nPING\n")]
    public void Frame_AgainstTheProtocol_IsInvalid(string frame) =>
        Assert.Equal(RespStatus.Invalid, new RespScanner().Advance(Encoding.Latin1.GetBytes(frame)));

    [Fact]
    public void Frame_NestedTooDeep_IsInvalid()
    {
        var bytes = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat("*1\r\n", 100)));
        Assert.Equal(RespStatus.Invalid, new RespScanner().Advance(bytes));
    }

    [Theory]
    [InlineData("set a b", "set|a|b")]
    [InlineData("  PING\t x ", "PING|x")]
    [InlineData("echo \"a\\x41\\n\"", "echo|aA\n")]
    [InlineData("echo 'a\\'b'", "echo|a'b")]
    [InlineData("echo \"\"", "echo|")]
    [InlineData("echo \"a\"b", null)]
    [InlineData("echo \"a", null)]
    public void InlineLine_WithQuotes_GivesWords(string line, string? expected)
    {
        var text = new ByteBuffer();
        var words = new List<Range>();

        var known = RespInline.TrySplit(Encoding.Latin1.GetBytes(line), text, words);

        var all = string.Join('|', words.Select(word => Encoding.Latin1.GetString(text.Written[word])));
        Assert.Equal(expected, known ? all : null);
    }

    [Theory]
    [InlineData("{a}b", "a")]
    [InlineData("x{ab}{c}", "ab")]
    [InlineData("{}b", "{}b")]
    [InlineData("{ab", "{ab")]
    [InlineData("ab}", "ab}")]
    public void HashTag_OfKey_IsWhatStandsInBraces(string key, string expected) =>
        Assert.Equal(expected, Encoding.Latin1.GetString(RedisHashTag.Of(Encoding.Latin1.GetBytes(key))));

    [Theory]
    [InlineData("-MOVED 12 10.0.0.1:6379\r\n", "10.0.0.1:6379", false)]
    [InlineData("-ASK 12 10.0.0.1:6379\r\n", "10.0.0.1:6379", true)]
    [InlineData("-MOVED 12\r\n", null, false)]
    [InlineData("-ERR MOVED 12 1.1.1.1:1\r\n", null, false)]
    public void Redirection_OfError_NamesTheHost(string frame, string? expected, bool expectedAsks)
    {
        var known = RedisRedirection.TryParse(Encoding.Latin1.GetBytes(frame), out var address, out var asks);

        Assert.Equal(expected, known ? Encoding.Latin1.GetString(address) : null);
        Assert.Equal(expectedAsks, asks);
    }
}
