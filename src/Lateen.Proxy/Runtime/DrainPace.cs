namespace Lateen.Proxy.Runtime;

/// <summary>
/// How soon connections of what drains are asked to close. Source: Envoy's <c>--drain-strategy</c> and
/// <c>--drain-time-s</c>.
/// </summary>
/// <param name="DrainNanos">How long draining takes.</param>
/// <param name="IsGradual">The longer it drains the more responses ask for the end; else all of them do.</param>
internal readonly record struct DrainPace(long DrainNanos, bool IsGradual)
{
    private const long SecondNanos = 1_000_000_000;

    /// <summary>Whether a response asks for the end: as probable as the part of the time that is over, in whole
    /// seconds.</summary>
    public bool Closes(long startNanos, long nowNanos, ulong random)
    {
        var seconds = DrainNanos / SecondNanos;
        var left = startNanos + DrainNanos - nowNanos;
        return !IsGradual || seconds == 0 || left <= 0
            || (ulong)(seconds - (left / SecondNanos)) > random % (ulong)seconds;
    }
}
