using Lateen.Proxy.Tapping;

namespace Lateen.Proxy.Tests.Tapping;

public sealed class TapTableTests
{
    private static readonly TapConfig _config = new() { Match = new TapMatch.Any(), Sink = new TapFileWriter("/none") };

    [Fact]
    public void Attach_ToAnId_SetsItsSlotsAlone()
    {
        var table = new TapTable();
        var one = table.Register("one");
        var same = table.Register("one");
        var two = table.Register("two");
        Assert.True(table.TryAttach("one", _config));
        Assert.Same(_config, one.Current);
        Assert.Same(_config, same.Current);
        Assert.Null(two.Current);
    }

    [Fact]
    public void Attach_WhileAnotherTaps_IsRefused()
    {
        var table = new TapTable();
        var two = table.Register("two");
        table.Register("one");
        Assert.True(table.TryAttach("one", _config));
        Assert.False(table.TryAttach("two", _config));
        Assert.Null(two.Current);
        table.Detach();
        Assert.True(table.TryAttach("two", _config));
        Assert.Same(_config, two.Current);
    }

    [Fact]
    public void Register_OfTheAttachedId_IsTappedAtOnce()
    {
        var table = new TapTable();
        var first = table.Register("one");
        Assert.True(table.TryAttach("one", _config));
        Assert.Same(_config, table.Register("one").Current);
        table.Detach();
        Assert.Null(first.Current);
    }

    [Fact]
    public void Has_AnIdThatNothingUses_IsFalse()
    {
        var table = new TapTable();
        Assert.False(table.IsUsed);
        var slot = table.Register("one");
        Assert.True(table.Has("one"));
        Assert.False(table.Has("two"));
        GC.KeepAlive(slot);
    }
}
