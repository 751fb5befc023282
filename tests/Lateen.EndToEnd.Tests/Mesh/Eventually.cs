namespace Lateen.EndToEnd.Tests.Mesh;

/// <summary>Waits for what other processes bring about, with a limit and a word on what was awaited.</summary>
internal static class Eventually
{
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(100);

    /// <summary>Asks until it holds.</summary>
    /// <param name="what">For the message when it does not come.</param>
    /// <param name="holds">The condition.</param>
    /// <param name="seconds">The limit.</param>
    /// <param name="evidence">More for the message.</param>
    public static async Task IsAsync(
        string what, Func<Task<bool>> holds, int seconds = 60, Func<string>? evidence = null)
    {
        var clock = TimeProvider.System;
        var began = clock.GetTimestamp();
        while (!await holds())
        {
            if (clock.GetElapsedTime(began) > TimeSpan.FromSeconds(seconds))
            {
                throw new TimeoutException($"waited {seconds} s in vain for {what}\n{evidence?.Invoke()}");
            }

            await Task.Delay(_poll, clock);
        }
    }

    /// <summary>Asks until it holds.</summary>
    public static Task IsAsync(string what, Func<bool> holds, int seconds = 60, Func<string>? evidence = null) =>
        IsAsync(what, () => Task.FromResult(holds()), seconds, evidence);
}
