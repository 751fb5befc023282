namespace Lateen.Xds.Client;

/// <summary>One resource of an update.</summary>
/// <param name="Name">Its name; empty for types without names in the state-of-the-world protocol.</param>
/// <param name="Version">Its own version in the delta protocol; that of the response in the other.</param>
/// <param name="Body">The encoded message: parse it and let it go. Valid as long as the update.</param>
/// <param name="HasBody">False for a virtual host that is known not to exist.</param>
/// <param name="Aliases">Other names that it answers (virtual-host discovery).</param>
public readonly record struct XdsEntry(
    string Name, string Version, ReadOnlyMemory<byte> Body, bool HasBody, IReadOnlyList<string> Aliases);
