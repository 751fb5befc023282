namespace Lateen.Xds.Server;

/// <summary>Limits and identity of an xDS server.</summary>
public sealed class XdsServerOptions
{
    /// <summary>
    /// A delta response, and a state-of-the-world one of a named type, is split at this size in bytes; a single larger
    /// resource still goes alone. Default 256 KiB: well below gRPC's default limit for clients (4 MiB), small enough
    /// for a sidecar to hold.
    /// </summary>
    public int ResponseBytesMax { get; init; } = 256 * 1024;

    /// <summary>
    /// How long a push of a type waits for the ACK of the one before. Default 10 s: Envoy withholds the ACK of clusters
    /// until they are warm, which a lost secret can prevent for ever.
    /// </summary>
    public TimeSpan AckWaitMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Names that a stream may subscribe one by one, for each type. Default 100,000.</summary>
    public int NamesMax { get; init; } = 100_000;

    /// <summary>Types that a stream may subscribe. Default 64.</summary>
    public int TypesMax { get; init; } = 64;

    /// <summary>Identifier of this control plane in every response; empty, the default, leaves it out.</summary>
    public string ControlPlaneIdentifier { get; init; } = "";
}
