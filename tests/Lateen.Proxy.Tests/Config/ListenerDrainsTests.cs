using Lateen.Proxy.Config;
using Lateen.Proxy.Listeners;
using Lateen.TestKit;

namespace Lateen.Proxy.Tests.Config;

public sealed class ListenerDrainsTests
{
    private readonly VirtualClock _clock = new();

    [Fact]
    public void Listeners_UntilTheirDrainTimeIsOver_AreTold()
    {
        var drains = new ListenerDrains(_clock, TimeSpan.FromSeconds(10));

        drains.Add(Listener(), null);
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Single(drains.Listeners);
        Assert.Empty(drains.Shown);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty(drains.Listeners);
    }

    [Fact]
    public void Listeners_BeyondTheLimit_OldestGoesFirst()
    {
        var drains = new ListenerDrains(_clock, TimeSpan.FromSeconds(10));
        var first = Listener();
        drains.Add(first, null);

        for (var i = 0; i < 256; i++)
        {
            drains.Add(Listener(), null);
        }

        Assert.Equal(256, drains.Listeners.Count());
        Assert.DoesNotContain(first, drains.Listeners);
    }

    private static Listener Listener() =>
        (Listener)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(typeof(Listener));
}
