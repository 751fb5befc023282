namespace Lateen.Pilot.Serving;

/// <summary>How changes are gathered before they are pushed.</summary>
public sealed record DebounceOptions
{
    /// <summary>A push waits until nothing changed for this long. Default 3 ms: enough to take an editor's several
    /// writes or a rollout's burst together, because a push costs what changed and not what the mesh holds (istiod:
    /// PILOT_DEBOUNCE_AFTER, 100 ms).</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>A push waits at most this long. Default 250 ms (istiod: PILOT_DEBOUNCE_MAX, 10 s).</summary>
    public TimeSpan Max { get; init; } = TimeSpan.FromMilliseconds(250);
}
