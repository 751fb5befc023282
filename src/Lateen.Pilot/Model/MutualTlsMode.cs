namespace Lateen.Pilot.Model;

/// <summary>What a workload demands of its callers.</summary>
public enum MutualTlsMode
{
    /// <summary>Nothing is said at this level.</summary>
    Unknown,

    /// <summary>Plaintext only.</summary>
    Disable,

    /// <summary>Both.</summary>
    Permissive,

    /// <summary>Mutual TLS only.</summary>
    Strict,
}
