namespace Lateen.Proxy.HealthChecks;

/// <summary>What an answer to a check means.</summary>
internal enum HealthCheckVerdict : byte
{
    /// <summary>It is not complete.</summary>
    Unknown,
    Healthy,
    Unhealthy,

    /// <summary>It is not of the protocol: the connection is given up.</summary>
    Broken,
}
