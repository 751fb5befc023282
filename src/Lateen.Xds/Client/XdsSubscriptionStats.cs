namespace Lateen.Xds.Client;

/// <summary>Counters of one type, named as Envoy's subscription statistics.</summary>
public sealed class XdsSubscriptionStats
{
    /// <summary>Requests sent and streams tried.</summary>
    public long UpdateAttempt { get; internal set; }

    /// <summary>Responses that were accepted.</summary>
    public long UpdateSuccess { get; internal set; }

    /// <summary>Streams that failed.</summary>
    public long UpdateFailure { get; internal set; }

    /// <summary>Responses that were rejected, in part or whole.</summary>
    public long UpdateRejected { get; internal set; }

    /// <summary>Version text accepted last.</summary>
    public string VersionText { get; internal set; } = "";

    /// <summary>When a response was accepted last.</summary>
    public DateTimeOffset? UpdateTime { get; internal set; }
}
