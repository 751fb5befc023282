namespace Lateen.Proxy.Discovery;

/// <summary>A resource that some part of the configuration needs.</summary>
/// <param name="TypeUrl">Its type.</param>
/// <param name="Name">Its name; empty: all of the type.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="StatPrefix">Below which its subscription counts, with the final dot; empty: nowhere.</param>
/// <param name="User">Who wants it, where a new user of a known resource has it asked for again.</param>
internal readonly record struct WantedResource(
    string TypeUrl, string Name, DiscoverySource Source, string StatPrefix, object? User = null);
