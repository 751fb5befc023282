namespace Lateen.Pilot.Model;

/// <summary>What the platform says of an endpoint.</summary>
public enum EndpointHealth
{
    /// <summary>Nothing is said; taken for healthy.</summary>
    Unknown,

    /// <summary>Ready.</summary>
    Healthy,

    /// <summary>Not ready.</summary>
    Unhealthy,

    /// <summary>Going away, yet still serving what it holds.</summary>
    Draining,

    /// <summary>Gone for all but the record.</summary>
    Terminating,
}
