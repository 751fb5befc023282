namespace Lateen.Net.Tests;

/// <summary>A loop whose turns the test makes itself.</summary>
internal sealed class LoopHarness : IDisposable
{
    private const int TurnsMax = 20_000;

    /// <summary>With a loop of the usual kind or another one, which goes with it.</summary>
    public LoopHarness(EventLoop? loop = null) => Loop = loop ?? new(TimeProvider.System);

    public EventLoop Loop { get; }

    /// <summary>Turns until the condition holds; fails after many turns, saying what was awaited.</summary>
    public void Until(string what, Func<bool> condition)
    {
        for (var i = 0; i < TurnsMax; i++)
        {
            if (condition())
            {
                return;
            }

            Loop.RunOnce(5);
        }

        Assert.Fail("Waited in vain for: " + what);
    }

    public void Dispose() => Loop.Dispose();
}
