using Lateen.Core.Logging;
using Lateen.Proxy.Config;
using Lateen.TestKit;

namespace Lateen.Proxy.Tests.Config;

public sealed class MemoryTrimmerTests
{
    private readonly VirtualClock _clock = new();
    private int _trims;
    private long _heapBytes;

    [Fact]
    public void Trim_AfterTheStart_ComesOnceWhenItIsQuiet()
    {
        using var trimmer = new MemoryTrimmer(_clock, Logger.None, Count, () => _heapBytes);

        _clock.Advance(TimeSpan.FromSeconds(3));
        trimmer.OnChange();
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(0, _trims);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, _trims);
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, _trims);
    }

    [Fact]
    public void Trim_AfterChangesOneAfterTheOther_ComesOnceAMinute()
    {
        using var trimmer = new MemoryTrimmer(_clock, Logger.None, Count, () => _heapBytes);
        _clock.Advance(TimeSpan.FromSeconds(5));

        for (var i = 0; i < 20; i++)
        {
            trimmer.OnChange();
            _clock.Advance(TimeSpan.FromSeconds(6));
        }

        Assert.InRange(_trims, 2, 4);
    }

    [Fact]
    public void Trim_AfterAStartWithMuch_ComesAtOnceAndAgainOnceItIsQuiet()
    {
        _heapBytes = 100 << 20;
        using var trimmer = new MemoryTrimmer(_clock, Logger.None, Count, () => _heapBytes);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _trims);
        trimmer.OnChange();
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, _trims);
        trimmer.OnChange();
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(2, _trims);
    }

    private long Count() => ++_trims;
}
