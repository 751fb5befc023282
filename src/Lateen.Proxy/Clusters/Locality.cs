namespace Lateen.Proxy.Clusters;

/// <summary>Where a host is.</summary>
internal sealed record Locality(string Region, string Zone, string SubZone)
{
    public static Locality None { get; } = new("", "", "");
}
