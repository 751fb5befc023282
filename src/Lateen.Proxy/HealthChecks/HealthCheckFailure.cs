namespace Lateen.Proxy.HealthChecks;

/// <summary>Why a check failed; names are those of <c>HealthCheckFailureType</c>.</summary>
internal enum HealthCheckFailure : byte
{
    /// <summary>The host answered that it is not well.</summary>
    Active,

    /// <summary>A response to a request asked to take the host out.</summary>
    Passive,

    /// <summary>No connection, or it broke.</summary>
    Network,

    /// <summary>No answer in time.</summary>
    NetworkTimeout,
}
