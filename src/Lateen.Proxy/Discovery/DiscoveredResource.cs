using Google.Protobuf;

namespace Lateen.Proxy.Discovery;

/// <summary>A resource as it came.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Body">The encoded message; empty for one that is known not to exist.</param>
/// <param name="Aliases">Other names that it answers.</param>
internal readonly record struct DiscoveredResource(
    string Name, string Version, ByteString Body, IReadOnlyList<string> Aliases);
