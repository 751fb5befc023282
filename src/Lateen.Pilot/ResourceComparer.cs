using Lateen.Xds.Server;

namespace Lateen.Pilot;

/// <summary>Encoded resources are the same when name and version are: the version is a hash of the bytes.</summary>
public sealed class ResourceComparer : IEqualityComparer<XdsResource?>
{
    private ResourceComparer()
    {
    }

    /// <summary>The only one.</summary>
    public static ResourceComparer Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(XdsResource? x, XdsResource? y)
        => ReferenceEquals(x, y) || (x is not null && y is not null && x.Name == y.Name && x.Version == y.Version
            && x.TypeUrl == y.TypeUrl);

    /// <inheritdoc/>
    public int GetHashCode(XdsResource? obj) => obj is null ? 0 : obj.Version.GetHashCode(StringComparison.Ordinal);
}
