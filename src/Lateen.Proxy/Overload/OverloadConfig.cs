namespace Lateen.Proxy.Overload;

/// <summary>The overload manager as configured. Source: <c>config.overload.v3.OverloadManager</c>.</summary>
internal sealed class OverloadConfig
{
    /// <summary>Nanoseconds between readings; one second by default.</summary>
    public long RefreshNanos { get; init; } = 1_000_000_000;

    public required IReadOnlyList<ResourceMonitor> Monitors { get; init; }

    public required IReadOnlyList<(OverloadActionKind Kind, string Name, OverloadTrigger[] Triggers)> Actions
    {
        get; init;
    }

    public required IReadOnlyList<(LoadShedPointKind Kind, string Name, OverloadTrigger[] Triggers)> Points
    {
        get; init;
    }

    /// <summary>Points that nothing asks; they have statistics only.</summary>
    public IReadOnlyList<(string Name, OverloadTrigger[] Triggers)> OtherPoints { get; init; } = [];

    /// <summary>Streams that hold 2 to this power bytes or more are told apart by size, each class twice the one
    /// before; zero: they are not.</summary>
    public int StreamClassPower { get; init; }

    /// <summary>Downstream connections that there may be; negative: no limit of the manager.</summary>
    public long ConnectionCountMax { get; init; } = -1;

    public TimeoutScales Scales { get; init; } = TimeoutScales.None;
}
