using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Stats;
using Lateen.TestKit;

namespace Lateen.Proxy.Tests.Stats;

public sealed class AccessLogFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_WhenWarm_CountsAndAllocatesNothing()
    {
        var stats = new StatsStore(1);
        using var writer = new AccessLogWriter(stats, TimeSpan.FromSeconds(1));
        var file = writer.Open(_folder.At("access.log"), out _)!;
        file.Write("first\n"u8);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
        {
            file.Write("next\n"u8);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Contains(stats.Collect(), sample => sample is { Name: "filesystem.write_buffered", Value: 101 });
    }

    [Fact]
    public void Flush_OfABusyLog_KeepsItsBuffers()
    {
        var stats = new StatsStore(1);
        using var writer = new AccessLogWriter(stats, TimeSpan.FromHours(1), int.MaxValue);
        var file = writer.Open(_folder.At("access.log"), out _)!;
        var entry = new byte[1000];
        for (var round = 0; round < 2; round++)
        {
            WriteMany(file, entry);
            file.Flush();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        WriteMany(file, entry);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("missing/a.log", "No such file or directory")]
    [InlineData("a\0b", "No such file or directory")]
    [InlineData("", "Is a directory")]
    public void Open_PathThatCannotBeOpened_TellsWhy(string name, string why)
    {
        using var writer = new AccessLogWriter(new StatsStore(1), TimeSpan.FromHours(1));
        var path = $"{_folder.Path}/{name}";

        Assert.Null(writer.Open(path, out var error));
        Assert.Equal($"unable to open file '{path}': {why}", error);
    }

    private static void WriteMany(AccessLogFile file, byte[] entry)
    {
        for (var i = 0; i < 100; i++)
        {
            file.Write(entry);
        }
    }
}
