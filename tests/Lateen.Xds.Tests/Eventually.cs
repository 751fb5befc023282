using System.Diagnostics;

namespace Lateen.Xds.Tests;

/// <summary>Waits for what other processes and threads bring about, with a limit and a word on what was
/// awaited.</summary>
internal static class Eventually
{
    internal static Task IsAsync(string what, Func<bool> condition) =>
        IsAsync(what, () => Task.FromResult(condition()));

    internal static async Task IsAsync(string what, Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(30))
            {
                throw new TimeoutException($"waited 30 s for {what}");
            }

            await Task.Delay(20);
        }
    }
}
