namespace Lateen.Proxy.HealthChecks;

/// <summary>What a check did to a host's health.</summary>
internal enum HealthTransition : byte
{
    Unchanged,
    Changed,

    /// <summary>The threshold is not reached yet.</summary>
    Pending,
}
