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
        var file = writer.Open(_folder.At("access.log"));
        file.Write("first\n"u8);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
        {
            file.Write("next\n"u8);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Contains(stats.Collect(), sample => sample is { Name: "filesystem.write_buffered", Value: 101 });
    }
}
