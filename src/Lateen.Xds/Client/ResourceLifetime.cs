namespace Lateen.Xds.Client;

/// <summary>How long a resource counts without another word from the server.</summary>
/// <param name="Name">The resource.</param>
/// <param name="Ttl">From now on; zero: for ever.</param>
/// <param name="Version">Its version.</param>
/// <param name="IsHeartbeat">It came without content: what is held stays.</param>
internal readonly record struct ResourceLifetime(string Name, TimeSpan Ttl, string Version, bool IsHeartbeat);
