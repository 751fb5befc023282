namespace Lateen.Simulation.Tests.Network;

/// <summary>How bad the network is; each chance is of a thousand.</summary>
internal sealed record NetworkWeather
{
    /// <summary>Nothing fails, all is quick.</summary>
    public static NetworkWeather Calm { get; } = new() { LatencyMicrosMax = 400 };

    public int LatencyMicrosMax { get; init; } = 3000;

    /// <summary>A connection that will be reset some time after it was made.</summary>
    public int ResetChance { get; init; }

    /// <summary>An arrival that comes seconds later.</summary>
    public int StallChance { get; init; }

    /// <summary>A connection that is refused though somebody listens.</summary>
    public int RefuseChance { get; init; }

    /// <summary>A connection that never comes about and is never refused.</summary>
    public int VanishChance { get; init; }

    /// <summary>A connection of tiny buffers.</summary>
    public int NarrowChance { get; init; } = 200;
}
