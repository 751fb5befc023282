using Lateen.Core.Logging;

namespace Lateen.Core.Tests.Logging;

public sealed class LogPatternTests
{
    private static readonly DateTime _time = new(2026, 3, 4, 5, 6, 7, 89, DateTimeKind.Utc);

    [Theory]
    [InlineData("[%Y-%m-%d %T.%e][%l][%n] %v", "[2026-03-04 05:06:07.089][warning][xds] a\tb")]
    [InlineData("%Y-%m-%dT%T.%fZ\\t%L", "2026-03-04T05:06:07.089000Z\\tW")]
    [InlineData("%8n|%-8n|%=7n|", "     xds|xds     |  xds  |")]
    [InlineData("%_ %j", "a\\tb a\\tb")]
    [InlineData("100%% %y %", "100% %y %")]
    public void Format_Pattern_IsFilledIn(string pattern, string expected) =>
        Assert.Equal(expected, new LogPattern(pattern).Format(_time, LogLevel.Warn, "xds", "a\tb"));

    [Fact]
    public void Format_Escaped_HasNoControlCharacters() =>
        Assert.Equal("a\\nb\\033", new LogPattern("%v", true).Format(_time, LogLevel.Info, "x", "a\nb\u001b"));

    [Fact]
    public void SetLevel_OfOneLogger_LeavesOthers()
    {
        using var writer = new StringWriter();
        var sink = new LogSink(writer, TimeProvider.System, LogLevel.Warn) { Pattern = new LogPattern("%n %v") };
        sink.SetLevel("xds", LogLevel.Debug);
        var (xds, admin) = (sink.CreateLogger("xds"), sink.CreateLogger("admin"));

        xds.Debug("one");
        admin.Info("two");
        sink.Minimum = LogLevel.Error;
        xds.Warn("three");
        admin.Critical("four");

        Assert.Equal($"xds one{writer.NewLine}admin four{writer.NewLine}", writer.ToString());
    }
}
