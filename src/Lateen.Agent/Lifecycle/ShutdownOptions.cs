namespace Lateen.Agent.Lifecycle;

/// <summary>How an agent ends its proxy.</summary>
public sealed record ShutdownOptions
{
    /// <summary>Sidecars drain inbound listeners only, so that the application can finish its calls.</summary>
    public bool InboundOnly { get; init; } = true;

    /// <summary>How long connections may go on; default 5 s (terminationDrainDuration).</summary>
    public TimeSpan DrainDuration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Waits until no connection is open instead; default false (EXIT_ON_ZERO_ACTIVE_CONNECTIONS).</summary>
    public bool ExitOnZeroActiveConnections { get; init; }

    /// <summary>The least to wait then; default 5 s (MINIMUM_DRAIN_DURATION).</summary>
    public TimeSpan MinimumDrainDuration { get; init; } = TimeSpan.FromSeconds(5);
}
